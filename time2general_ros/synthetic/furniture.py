"""Signs, traffic lights, lamp posts, railings and guard rails."""

from __future__ import annotations

import math

import numpy as np

from time2general_ros.synthetic.painter import Colour, Painter, Point
from time2general_ros.synthetic.texture import Texture

SIGN_SIZE = 0.75
LIGHT_SIZE = (0.36, 0.98)
_WHITE: Colour = (225, 225, 222)
_RED: Colour = (190, 32, 36)
_BLUE: Colour = (30, 72, 160)
_DARK: Colour = (32, 32, 34)


def paint_pole(rng: np.random.Generator, width: float, height: float) -> Texture:
    """Draw a round post, lit from one side."""
    paint = Painter(width, height, max(20.0, 8 / width))
    tone = float(rng.uniform(55, 165))
    for strip in range(8):
        shade = tone * (0.6 + 0.5 * math.sin(math.pi * (strip + 1.5) / 9))
        left = width * strip / 8
        paint.box(left - 0.01, -1, left + width / 8 + 0.01, height + 1, (shade, shade, shade))
    return paint.finish(rng, grain=0.06)


def paint_sign(rng: np.random.Generator) -> Texture:
    """Draw a traffic sign of a random sort, ``SIGN_SIZE`` metres square."""
    paint = Painter(SIGN_SIZE, SIGN_SIZE, 110)
    middle, radius = SIGN_SIZE / 2, SIGN_SIZE / 2 - 0.01
    kind = int(rng.integers(6))
    if kind == 0:
        paint.ellipse((middle, middle), (radius, radius), _RED)
        paint.ellipse((middle, middle), (radius * 0.76, radius * 0.76), _WHITE)
        paint.box(middle - 0.14, middle - 0.12, middle - 0.03, middle + 0.12, _DARK)
        paint.box(middle + 0.03, middle - 0.12, middle + 0.14, middle + 0.12, _DARK)
    elif kind == 1:
        paint.polygon(_regular(3, middle, radius, math.pi / 2), _RED)
        paint.polygon(_regular(3, middle, radius * 0.66, math.pi / 2), _WHITE)
        paint.box(middle - 0.03, middle - 0.08, middle + 0.03, middle + 0.13, _DARK)
    elif kind == 2:
        paint.box(0.02, 0.02, SIGN_SIZE - 0.02, SIGN_SIZE - 0.02, _BLUE)
        paint.polygon([(0.15, 0.15), (0.6, 0.15), (middle, 0.6)], _WHITE)
    elif kind == 3:
        paint.ellipse((middle, middle), (radius, radius), _BLUE)
        paint.line((middle, 0.16), (middle, 0.58), 0.08, _WHITE)
        paint.line((middle, 0.58), (0.22, 0.42), 0.08, _WHITE)
    elif kind == 4:
        paint.polygon(_regular(8, middle, radius, math.pi / 8), _RED)
        paint.box(0.14, middle - 0.07, SIGN_SIZE - 0.14, middle + 0.07, _WHITE)
    else:
        paint.box(0.08, 0.1, SIGN_SIZE - 0.08, SIGN_SIZE - 0.1, (222, 180, 40))
        paint.line((0.2, 0.3), (0.55, 0.3), 0.05, _DARK)
        paint.line((0.2, 0.45), (0.5, 0.45), 0.05, _DARK)
    return paint.finish(rng, grain=0.03)


def paint_board(rng: np.random.Generator, width: float, height: float) -> Texture:
    """Draw a direction board, as over a highway."""
    paint = Painter(width, height, 60)
    ground: Colour = _BLUE if rng.random() < 0.5 else (20, 96, 62)
    paint.box(0, 0, width, height, _WHITE)
    paint.box(0.06, 0.06, width - 0.06, height - 0.06, ground)
    row = height - 0.5
    while row > 0.2:
        column = 0.3
        while column < width - 0.8:
            size = float(rng.uniform(0.12, 0.4))
            paint.box(column, row, column + size, row + 0.22, _WHITE)
            column += size + 0.08
        row -= 0.45
    return paint.finish(rng, grain=0.03)


def paint_traffic_light(rng: np.random.Generator, lit: int) -> Texture:
    """
    Draw the head of a traffic light.

    :param lit: 0 red, 1 amber, 2 green.
    """
    width, height = LIGHT_SIZE
    paint = Painter(width, height, 90)
    paint.box(0, 0, width, height, (28, 30, 30))
    colours: tuple[Colour, ...] = ((255, 52, 40), (255, 186, 50), (60, 240, 150))
    for lamp, colour in enumerate(colours):
        centre = (width / 2, height * (5 - 2 * lamp) / 6)
        if lamp == lit:
            paint.ellipse(centre, (0.12, 0.12), colour, glow=colour)
        else:
            dim = (colour[0] * 0.22, colour[1] * 0.22, colour[2] * 0.22)
            paint.ellipse(centre, (0.12, 0.12), dim)
    return paint.finish(rng, grain=0.04)


def paint_railing(rng: np.random.Generator, width: float, height: float) -> Texture:
    """Draw a fence: iron railings or close boards."""
    paint = Painter(width, height, 50)
    tone = float(rng.uniform(30, 95))
    if rng.random() < 0.35:
        wood: Colour = (tone * 1.5 + 30, tone * 1.25 + 20, tone + 12)
        paint.box(0, 0.05, width, height - 0.05, wood)
        for plank in np.arange(0, width, 0.16):
            paint.box(plank, 0, plank + 0.015, height, (wood[0] / 2, wood[1] / 2, wood[2] / 2))
        return paint.finish(rng, grain=0.12)
    metal: Colour = (tone, tone, tone * 1.05)
    for bar in np.arange(0.05, width, 0.15):
        paint.box(bar - 0.04, 0.06, bar + 0.04, height - 0.04, metal)
    for rail in (0.12, height - 0.12):
        paint.box(0, rail - 0.05, width, rail + 0.05, metal)
    return paint.finish(rng, grain=0.06)


def paint_guard_rail(rng: np.random.Generator, width: float, height: float) -> Texture:
    """Draw a steel guard rail with its posts."""
    paint = Painter(width, height, 50)
    tone = float(rng.uniform(120, 175))
    for post in np.arange(0.5, width, 2.0):
        paint.box(post - 0.06, 0, post + 0.06, height, (tone * 0.7, tone * 0.7, tone * 0.7))
    for share, shade in ((0.0, 0.75), (0.25, 1.1), (0.5, 0.7), (0.72, 1.05)):
        bottom = height * (0.5 + 0.48 * share)
        grey = tone * shade
        paint.box(0, bottom, width, bottom + height * 0.14, (grey, grey, grey * 1.03))
    return paint.finish(rng, grain=0.05)


def paint_billow(softness: float) -> Texture:
    """
    Make a soft round shadow.

    :param softness: Share of its radius over which it fades out.
    """
    axis = np.linspace(-1, 1, 48)
    radius = np.maximum(np.abs(axis[:, None]) ** 3, 0) + np.abs(axis[None, :]) ** 3
    fade = np.clip((1 - radius ** (1 / 3)) / softness, 0, 1)
    alpha = (255 * fade * fade * (3 - 2 * fade)).astype(np.uint8)
    return Texture(np.zeros((48, 48, 3), np.uint8), alpha)


def paint_shade() -> Texture:
    """Make the shadow of a building, which fades at its far edge only."""
    fade = np.clip(np.linspace(255 * 9, 0, 64), 0, 255).astype(np.uint8)
    alpha = np.repeat(fade[:, None], 16, axis=1)
    return Texture(np.zeros((*alpha.shape, 3), np.uint8), alpha)


def _regular(corners: int, middle: float, radius: float, start: float) -> list[Point]:
    turns = [start + 2 * math.pi * corner / corners for corner in range(corners)]
    return [(middle + radius * math.cos(turn), middle + radius * math.sin(turn)) for turn in turns]
