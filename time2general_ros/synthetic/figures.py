"""People, cyclists and motorcyclists."""

from __future__ import annotations

import math

import numpy as np

from time2general_ros.synthetic.classes import BICYCLE, MOTORCYCLE, RIDER
from time2general_ros.synthetic.painter import Colour, Painter
from time2general_ros.synthetic.texture import Texture

PHASES = 10
WALKER_SIZE = (1.0, 1.85)
CYCLIST_SIZE = (0.8, 1.85)
BIKE_SIZE = (1.9, 1.15)
_DENSITY = 70
_SKINS = ((222, 180, 150), (198, 150, 118), (150, 104, 78), (98, 68, 52))
_Looks = dict[str, Colour]


def _dress(rng: np.random.Generator) -> _Looks:
    def cloth(low: float, high: float) -> Colour:
        base = rng.uniform(low, high)
        red, green, blue = base * (1 + rng.choice([0.12, 0.2, 0.5]) * rng.uniform(-1, 1, 3))
        return float(red), float(green), float(blue)

    skin = _SKINS[rng.integers(len(_SKINS))]
    return {
        'skin': skin,
        'coat': cloth(25, 150),
        'legs': cloth(22, 80),
        'shoes': cloth(20, 70),
        'hair': cloth(20, 110),
    }


def paint_walker(rng: np.random.Generator, phase: int, sideways: bool) -> Texture:
    """
    Draw a person at one phase of a step.

    :param rng: Decides the clothes; give the same stream for all phases of one person.
    :param phase: 0 to ``PHASES`` - 1.
    :param sideways: Whether the person is seen from the side, facing right.
    """
    looks = _dress(rng)
    long_coat = bool(rng.random() < 0.3)
    bag = bool(rng.random() < 0.35)
    paint = Painter(*WALKER_SIZE, _DENSITY)
    swing = math.sin(2 * math.pi * phase / PHASES)
    middle, hip = 0.5, 0.9
    for sign in (-1, 1):
        _leg(paint, middle, hip, swing * sign, sign, sideways, looks)
    far, near = (-1, 1) if swing > 0 else (1, -1)
    _arm(paint, middle, -swing * far, far, sideways, looks)
    half = 0.15 if sideways else 0.22
    bottom = hip - (0.35 if long_coat else 0.06)
    paint.polygon(
        [
            (middle - half * 0.85, bottom),
            (middle + half * 0.85, bottom),
            (middle + half, 1.36),
            (middle + half * 0.6, 1.5),
            (middle - half * 0.6, 1.5),
            (middle - half, 1.36),
        ],
        looks['coat'],
    )
    _arm(paint, middle, -swing * near, near, sideways, looks)
    if bag:
        paint.box(middle - half - 0.1, 0.85, middle - half + 0.08, 1.25, looks['shoes'])
    paint.box(middle - 0.05, 1.46, middle + 0.05, 1.58, looks['skin'])
    paint.ellipse((middle, 1.65), (0.1, 0.13), looks['skin'])
    paint.ellipse((middle - 0.02 * sideways, 1.7), (0.105, 0.095), looks['hair'])
    return paint.finish(rng, grain=0.09)


def _leg(
    paint: Painter,
    middle: float,
    hip: float,
    swing: float,
    sign: int,
    sideways: bool,
    looks: _Looks,
) -> None:
    if sideways:
        knee = (middle + 0.2 * swing, 0.5)
        foot = (middle + 0.33 * swing - 0.08 * (swing < 0), 0.06 + 0.1 * max(0.0, -swing))
        start = (middle, hip)
    else:
        start = (middle + 0.09 * sign, hip)
        knee = (middle + 0.1 * sign, 0.5)
        foot = (middle + 0.1 * sign, 0.06 + 0.09 * max(0.0, swing))
    paint.line(start, knee, 0.17, looks['legs'])
    paint.line(knee, foot, 0.12, looks['legs'])
    toe = (foot[0] + (0.12 if sideways else 0.02 * sign), foot[1] - 0.015)
    paint.line(foot, toe, 0.09, looks['shoes'])


def _arm(
    paint: Painter, middle: float, swing: float, sign: int, sideways: bool, looks: _Looks
) -> None:
    sleeve: Colour = tuple(0.82 * value for value in looks['coat'])  # type: ignore[assignment]
    shoulder = (middle if sideways else middle + 0.2 * sign, 1.4)
    reach = 0.22 * swing if sideways else 0.06 * sign
    elbow = (shoulder[0] + reach * 0.6, 1.14)
    hand = (shoulder[0] + reach, 0.9 + 0.05 * abs(swing))
    paint.line(shoulder, elbow, 0.11, sleeve)
    paint.line(elbow, hand, 0.085, sleeve)
    paint.ellipse(hand, (0.045, 0.055), looks['skin'])


def paint_cyclist(rng: np.random.Generator, phase: int, motor: bool, oncoming: bool) -> Texture:
    """
    Draw somebody on a bicycle or motorcycle, from behind or from the front.

    :param phase: Phase of pedalling, 0 to ``PHASES`` - 1.
    :param motor: Whether it is a motorcycle.
    """
    looks = _dress(rng)
    machine = MOTORCYCLE if motor else BICYCLE
    frame: Colour = tuple(float(value) for value in rng.uniform(20, 190, 3))  # type: ignore[assignment]
    paint = Painter(*CYCLIST_SIZE, _DENSITY)
    middle = 0.4
    wheel = 0.075 if motor else 0.03
    dark: Colour = (24, 24, 26)
    paint.ellipse((middle, 0.34), (wheel, 0.34), dark, machine)
    if motor:
        paint.box(middle - 0.17, 0.35, middle + 0.17, 0.9, frame, machine)
        glow = (255, 250, 230) if oncoming else (220, 20, 15)
        paint.box(middle - 0.07, 0.68, middle + 0.07, 0.8, glow, machine, glow)
    else:
        paint.box(middle - 0.025, 0.5, middle + 0.025, 0.95, frame, machine)
    bar = 0.37 if motor else 0.27
    paint.line((middle - bar, 1.02), (middle + bar, 1.02), 0.04, dark, machine)
    turn = 2 * math.pi * phase / PHASES
    for sign in (-1, 1):
        pedal = 0.3 + (0.0 if motor else 0.16 * math.sin(turn) * sign)
        knee = (middle + sign * (0.22 if motor else 0.13), pedal + 0.4)
        paint.line((middle + 0.07 * sign, 0.92), knee, 0.17, looks['legs'], RIDER)
        paint.line(knee, (middle + 0.13 * sign, pedal), 0.11, looks['legs'], RIDER)
        paint.line(
            (middle + 0.13 * sign, pedal),
            (middle + 0.13 * sign, pedal - 0.04),
            0.1,
            looks['shoes'],
            RIDER,
        )
        paint.line(
            (middle + 0.18 * sign, 1.4),
            (middle + bar * sign * 0.95, 1.08),
            0.1,
            looks['coat'],
            RIDER,
        )
    paint.polygon(
        [
            (middle - 0.17, 0.86),
            (middle + 0.17, 0.86),
            (middle + 0.23, 1.36),
            (middle + 0.12, 1.5),
            (middle - 0.12, 1.5),
            (middle - 0.23, 1.36),
        ],
        looks['coat'],
        RIDER,
    )
    paint.ellipse((middle, 1.64), (0.1, 0.13), looks['skin'], RIDER)
    helmet = looks['shoes'] if motor else looks['hair']
    paint.ellipse((middle, 1.7), (0.13 if motor else 0.11, 0.12), helmet, RIDER)
    return paint.finish(rng, grain=0.08)


def paint_bike(rng: np.random.Generator, motor: bool, rider: bool, phase: int = 0) -> Texture:
    """Draw a bicycle or motorcycle from the side, facing right, with or without its rider."""
    looks = _dress(rng)
    machine = MOTORCYCLE if motor else BICYCLE
    frame: Colour = tuple(float(value) for value in rng.uniform(20, 190, 3))  # type: ignore[assignment]
    height = 1.85 if rider else BIKE_SIZE[1]
    paint = Painter(BIKE_SIZE[0], height, _DENSITY)
    dark: Colour = (26, 26, 28)
    back, front = (0.4, 0.34), (1.5, 0.34)
    for hub in (back, front):
        paint.ring(hub, (0.3, 0.3), 0.12 if motor else 0.06, dark, machine)
        paint.ellipse(hub, (0.05, 0.05), (120, 120, 120), machine)
    crank, seat, head = (0.85, 0.32), (0.7, 0.88), (1.32, 0.92)
    for start, end in ((back, crank), (back, seat), (crank, seat), (crank, head), (seat, head)):
        paint.line(start, end, 0.07 if motor else 0.05, frame, machine)
    paint.line(head, front, 0.06, frame, machine)
    paint.line(head, (1.22, 1.06), 0.05, dark, machine)
    paint.line((0.56, 0.92), (0.86, 0.92), 0.08, dark, machine)
    if motor:
        paint.polygon([(0.5, 0.4), (1.2, 0.4), (1.35, 0.9), (0.55, 0.85)], frame, machine)
    if rider:
        turn = 2 * math.pi * phase / PHASES
        for sign in (-1, 1):
            foot = (
                crank[0] + 0.17 * math.cos(turn) * sign,
                crank[1] + 0.17 * math.sin(turn) * sign,
            )
            knee = ((seat[0] + foot[0]) / 2 + 0.26, (seat[1] + foot[1]) / 2 + 0.16)
            paint.line((seat[0], 0.95), knee, 0.16, looks['legs'], RIDER)
            paint.line(knee, foot, 0.11, looks['legs'], RIDER)
        paint.line((seat[0], 0.98), (0.98, 1.42), 0.28, looks['coat'], RIDER)
        paint.line((0.98, 1.4), (1.25, 1.08), 0.1, looks['coat'], RIDER)
        paint.ellipse((1.08, 1.65), (0.11, 0.13), looks['skin'], RIDER)
        paint.ellipse((1.06, 1.71), (0.12, 0.1), looks['hair'], RIDER)
    return paint.finish(rng, grain=0.08)
