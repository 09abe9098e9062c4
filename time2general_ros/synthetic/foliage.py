"""Trees, bushes and hedges."""

from __future__ import annotations

import cv2
import numpy as np

from time2general_ros.synthetic.texture import (
    Image,
    Texture,
    bleed_colour,
    fractal_noise,
    surface_noise,
)

_DENSITY = 52
_GREENS = ((74, 96, 44), (92, 108, 52), (60, 84, 44), (108, 112, 62), (88, 96, 60), (120, 104, 58))


def paint_tree(rng: np.random.Generator, bare: bool) -> Texture:
    """
    Draw a tree 1.3 times as high as it is wide, to be stretched to its height.

    :param bare: Whether it stands without leaves.
    """
    size = (8 * _DENSITY, 6 * _DENSITY)
    colour = np.zeros((*size, 3), np.float32)
    alpha = np.zeros(size, np.uint8)
    bark = np.array([84, 72, 60]) * rng.uniform(0.6, 1.1)
    twigs = 6 if bare else 4
    _grow(rng, alpha, (size[1] / 2, size[0] - 1.0), -np.pi / 2, size[0] * 0.24, 9.0, twigs)
    colour[:] = bark * (1 + 0.2 * surface_noise(rng, size))[..., None]
    if bare:
        haze = _crown(rng, size, 0.75, 0.9)
        grain = rng.random(size) < 0.32
        alpha = np.maximum(alpha, np.where(haze & grain, 255, 0).astype(np.uint8))
    else:
        leaves = _crown(rng, size, float(rng.uniform(0.6, 0.85)), -0.15)
        colour = np.where(leaves[..., None], _leaf_colour(rng, size), colour)
        alpha = np.maximum(alpha, np.where(leaves, 255, 0).astype(np.uint8))
    picture = np.clip(colour, 0, 255).astype(np.uint8)
    return Texture(bleed_colour(picture, alpha), alpha)


def paint_hedge(rng: np.random.Generator, width: float, height: float) -> Texture:
    """Draw a hedge or a row of bushes with an uneven top."""
    size = (round(height * _DENSITY), round(width * _DENSITY))
    edge = fractal_noise(rng, (1, size[1]), 6, octaves=6)[0]
    rough = float(rng.uniform(0.02, 0.1))
    top = np.clip((edge + 2) * rough, 0, 0.6) * size[0]
    jag = 3 * rng.standard_normal(size[1])
    alpha = np.where(np.arange(size[0])[:, None] > top + jag, 255, 0).astype(np.uint8)
    colour = _leaf_colour(rng, size)
    colour *= np.linspace(1.1, 0.6, size[0], dtype=np.float32)[:, None, None]
    return Texture(np.clip(colour, 0, 255).astype(np.uint8), alpha)


def _leaf_colour(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    base = np.array(_GREENS[rng.integers(len(_GREENS))]) * rng.uniform(0.65, 1.1)
    clumps = surface_noise(rng, size, grain=0.15)
    shifted = np.roll(clumps, (5, 3), (0, 1))
    relief = np.clip(clumps - shifted, -1.5, 1.5)
    fine = surface_noise(rng, size, grain=1.4) - surface_noise(rng, size, grain=0.0)
    shade = 1 + 0.17 * clumps + 0.2 * relief + 0.12 * fine
    shade = np.clip(shade, 0.25, 1.9)[..., None]
    colour: Image = (base * shade).astype(np.float32)
    return colour


def _crown(
    rng: np.random.Generator, size: tuple[int, int], spread: float, fullness: float
) -> Image:
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    across = (columns / size[1] - 0.5) / (0.58 * spread)
    down = (rows / size[0] - 0.38) / 0.38
    radius = np.sqrt(across**2 + down**2)
    ragged = 0.15 * fractal_noise(rng, size, 6, octaves=8, decay=0.78)
    holes = fractal_noise(rng, size, 9, octaves=6) > 1.55 + fullness
    crown: Image = (radius + ragged < 0.92) & ~holes
    return crown


def _grow(
    rng: np.random.Generator,
    alpha: Image,
    root: tuple[float, float],
    angle: float,
    length: float,
    width: float,
    depth: int,
) -> None:
    tip = (root[0] + length * np.cos(angle), root[1] + length * np.sin(angle))
    start, end = ((round(x), round(y)) for x, y in (root, tip))
    cv2.line(alpha, start, end, 255, max(1, round(width)))
    if depth == 0:
        return
    for _ in range(2 if depth > 3 else 3):
        turn = float(rng.normal(0, 0.5))
        _grow(
            rng, alpha, tip, angle + turn, length * rng.uniform(0.6, 0.85), width * 0.62, depth - 1
        )
