"""Fronts, sides and roofs of buildings, and walls."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from time2general_ros.synthetic.texture import Image, Texture, surface_noise

DENSITY = 36
_WALLS = (
    (150, 92, 70),
    (128, 78, 62),
    (176, 130, 98),
    (196, 182, 154),
    (186, 172, 142),
    (212, 206, 192),
    (160, 158, 152),
    (136, 134, 132),
    (202, 176, 132),
    (110, 104, 98),
    (182, 150, 140),
)
_ROOFS = ((96, 70, 60), (74, 74, 80), (122, 78, 60), (90, 88, 84))


@dataclass(frozen=True)
class House:
    """
    The look of a building.

    :param width: Length of its front in metres.
    :param height: Height of the eaves in metres.
    :param ridge: Height of the roof above the eaves; 0 for a flat roof.
    """

    width: float
    height: float
    ridge: float
    front: Texture
    side: Texture
    roof: Texture


def paint_house(rng: np.random.Generator, low: bool) -> House:
    """
    Draw a building.

    :param low: Whether it is a house of two floors rather than a block of up to six.
    """
    floors = 2 if low else int(rng.choice([2, 3, 3, 4, 5, 6]))
    storey = float(rng.uniform(2.7, 3.5))
    columns = int(rng.integers(3, 6)) if low or floors < 4 else int(rng.integers(4, 8))
    width = columns * float(rng.uniform(1.9, 3.0))
    height = floors * storey + float(rng.uniform(0.3, 1.2))
    colour = np.array(_WALLS[rng.integers(len(_WALLS))]) * rng.uniform(0.75, 1.1)
    brick = bool(rng.random() < 0.45)
    shop = not low and bool(rng.random() < 0.5)
    sheet, glow = _wall_sheet(rng, width, height, colour, brick)
    _paint_windows(rng, sheet, glow, (floors, columns), storey, shop)
    if shop:
        _paint_shop(rng, sheet, glow, storey)
    cornice = colour * rng.uniform(0.7, 1.25)
    _block(sheet, 0, height - 0.3, width, height, cornice)
    _block(sheet, 0, height - 0.36, width, height - 0.3, colour * 0.5)
    ridge = float(rng.uniform(1.8, 3.4)) if floors <= 3 and rng.random() < 0.75 else 0.0
    return House(
        width,
        height,
        ridge,
        _finish(rng, sheet, glow),
        _paint_side(rng, height, ridge, colour, brick),
        _paint_roof(rng, width, colour),
    )


def paint_wall(rng: np.random.Generator, width: float, height: float) -> Texture:
    """Draw a garden wall or a concrete barrier."""
    colour = np.array(_WALLS[rng.integers(len(_WALLS))]) * rng.uniform(0.7, 1.0)
    sheet, glow = _wall_sheet(rng, width, height, colour, bool(rng.random() < 0.6))
    _block(sheet, 0, height - 0.12, width, height, colour * 1.12)
    _block(sheet, 0, height - 0.16, width, height - 0.12, colour * 0.55)
    return _finish(rng, sheet, glow)


def _wall_sheet(
    rng: np.random.Generator, width: float, height: float, colour: Image, brick: bool
) -> tuple[Image, Image]:
    size = (round(height * DENSITY), round(width * DENSITY))
    sheet = colour.astype(np.float32) * (1 + 0.055 * surface_noise(rng, size))[..., None]
    if brick:
        course = 5
        rows = np.arange(size[0])[:, None]
        columns = np.arange(size[1])[None, :]
        joint = (rows % course == 0) | ((columns + 4 * ((rows // course) % 2)) % 9 == 0)
        sheet *= np.where(joint, rng.uniform(0.8, 1.18), 1.0).astype(np.float32)[..., None]
    weathering = np.linspace(1.05, 0.88, size[0], dtype=np.float32)
    sheet *= weathering[:, None, None]
    return sheet, np.zeros((*size, 3), np.uint8)


def _block(
    sheet: Image, left: float, bottom: float, right: float, top: float, colour: Image
) -> None:
    height = sheet.shape[0]
    rows = slice(max(0, height - round(top * DENSITY)), max(0, height - round(bottom * DENSITY)))
    columns = slice(max(0, round(left * DENSITY)), max(0, round(right * DENSITY)))
    sheet[rows, columns] = colour


def _paint_windows(
    rng: np.random.Generator,
    sheet: Image,
    glow: Image,
    grid: tuple[int, int],
    storey: float,
    shop: bool,
) -> None:
    floors, columns = grid
    pitch = sheet.shape[1] / DENSITY / columns
    width = pitch * float(rng.uniform(0.38, 0.72))
    height = storey * float(rng.uniform(0.45, 0.65))
    frame = np.full(3, rng.choice([235.0, 210.0, 70.0, 120.0]))
    trim = np.full(3, float(rng.uniform(120, 220)))
    glass = np.array([1.0, 1.08, 1.2]) * rng.uniform(35, 85)
    door = int(rng.integers(columns))
    for floor in range(1 if shop else 0, floors):
        for column in range(columns):
            left = (column + 0.5) * pitch - width / 2
            bottom = floor * storey + 0.85
            if floor == 0 and column == door:
                paint = _muted(rng, 30, 150)
                _block(sheet, left, 0, left + width, 2.3, frame)
                _block(sheet, left + 0.1, 0, left + width - 0.1, 2.15, paint)
                continue
            _block(sheet, left - 0.1, bottom - 0.14, left + width + 0.1, bottom, trim)
            _block(sheet, left, bottom, left + width, bottom + height, frame)
            _paint_pane(rng, sheet, glow, (left, bottom, width, height), glass)
            if rng.random() < 0.9:
                bar = left + width / 2
                _block(sheet, bar - 0.03, bottom, bar + 0.03, bottom + height, frame)


def _paint_pane(
    rng: np.random.Generator,
    sheet: Image,
    glow: Image,
    place: tuple[float, float, float, float],
    glass: Image,
) -> None:
    left, bottom, width, height = place
    edge = 0.07
    inside = (left + edge, bottom + edge, left + width - edge, bottom + height - edge)
    _block(sheet, *inside, glass * rng.uniform(0.6, 1.5))
    middle = bottom + height * float(rng.uniform(0.4, 0.8))
    _block(sheet, inside[0], middle, inside[2], inside[3], glass * rng.uniform(0.9, 2.0))
    if rng.random() < 0.35:
        curtain = np.full(3, float(rng.uniform(120, 200)))
        share = float(rng.uniform(0.15, 0.4)) * width
        _block(sheet, inside[0], inside[1], inside[0] + share, inside[3], curtain)
    if rng.random() < 0.3:
        warm = np.array([235, 190, 120]) * rng.uniform(0.5, 1.0)
        _block(glow, *inside, warm)


def _muted(rng: np.random.Generator, low: float, high: float, saturation: float = 0.3) -> Image:
    grey = rng.uniform(low, high)
    colour: Image = grey + saturation * (rng.uniform(low, high, 3) - grey)
    return colour


def _paint_shop(rng: np.random.Generator, sheet: Image, glow: Image, storey: float) -> None:
    width = sheet.shape[1] / DENSITY
    frame = _muted(rng, 25, 190)
    _block(sheet, 0, 0, width, storey, frame)
    sign = _muted(rng, 20, 220, 0.6)
    _block(sheet, 0.1, storey - 0.75, width - 0.1, storey - 0.1, sign)
    letters = 255 - sign
    position = float(rng.uniform(0.4, width / 3))
    while position < width * 0.75:
        size = float(rng.uniform(0.1, 0.3))
        _block(sheet, position, storey - 0.58, position + size, storey - 0.28, letters)
        position += size + 0.1
    panes = max(1, round(width / 2.5))
    lit = rng.random() < 0.6
    for pane in range(panes):
        left = pane * width / panes + 0.12
        right = (pane + 1) * width / panes - 0.12
        _block(sheet, left, 0.45, right, storey - 0.9, _muted(rng, 25, 70))
        for _ in range(14):
            x, y = rng.uniform(left, max(left + 0.1, right - 0.5)), rng.uniform(0.5, 1.7)
            goods = _muted(rng, 25, 170)
            _block(sheet, x, y, min(x + rng.uniform(0.1, 0.5), right), y + 0.4, goods)
        if lit:
            _block(glow, left, 0.45, right, storey - 0.9, np.array([225, 205, 165]))


def _paint_side(
    rng: np.random.Generator, height: float, ridge: float, colour: Image, brick: bool
) -> Texture:
    width = 9.0
    sheet, glow = _wall_sheet(rng, width, height + ridge, colour * 0.96, brick)
    for floor in range(int(height / 3)):
        if rng.random() < 0.5:
            left = float(rng.uniform(1, 6))
            bottom = 3 * floor + 0.9
            _block(sheet, left, bottom, left + 0.9, bottom + 1.3, np.full(3, 200.0))
            _paint_pane(rng, sheet, glow, (left, bottom, 0.9, 1.3), np.array([50.0, 54, 60]))
    texture = _finish(rng, sheet, glow)
    if ridge:
        rows, columns = texture.alpha.shape
        eaves = round(ridge / (height + ridge) * rows)
        corners = [[0, 0], [0, eaves], [columns // 2, 0], [columns, eaves], [columns, 0]]
        cv2.fillPoly(texture.alpha, [np.array(corners, np.int32)], 0)
    return texture


def _paint_roof(rng: np.random.Generator, width: float, colour: Image) -> Texture:
    base = np.array(_ROOFS[rng.integers(len(_ROOFS))]) * rng.uniform(0.8, 1.2)
    size = (5 * DENSITY, round(width * DENSITY))
    sheet = base.astype(np.float32) * (1 + 0.1 * surface_noise(rng, size))[..., None]
    sheet[::9] *= 0.72
    sheet[:4] = colour * 0.8
    return _finish(rng, sheet, np.zeros_like(sheet, np.uint8))


def _finish(rng: np.random.Generator, sheet: Image, glow: Image) -> Texture:
    stain = surface_noise(rng, (sheet.shape[0], sheet.shape[1]))
    sheet *= (1 + 0.055 * stain)[..., None]
    colour = np.clip(sheet, 0, 255, out=sheet).astype(np.uint8)
    return Texture(colour, glow=glow if glow.any() else None)
