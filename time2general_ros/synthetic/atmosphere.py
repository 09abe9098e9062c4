"""Light and air between the world and the camera."""

from __future__ import annotations

import cv2
import numpy as np

from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.canvas import Canvas
from time2general_ros.synthetic.classes import ROAD, SKY
from time2general_ros.synthetic.furniture import paint_billow
from time2general_ros.synthetic.scene import Scene
from time2general_ros.synthetic.texture import Image
from time2general_ros.synthetic.weather import Weather

_HEADLIGHT_REACH = 16.0
_LARGEST_GLOW = 0.35
_LAMP_TINT = tuple(np.array([1.0, 0.78, 0.5], np.float32))
_POOL_RADIUS = 9.0
_POOL = paint_billow(0.95)


def light_scene(canvas: Canvas, pose: Pose, weather: Weather, lamps: Scene) -> Image:
    """
    Apply coloured light, headlights and lamps.

    :returns: uint8 [H, W, 3].
    """
    if weather.lamps == 0 and weather.ambient == (1.0, 1.0, 1.0):
        return canvas.image
    ambient = np.array(weather.ambient, np.float32)
    beam = _headlights(canvas, pose) * np.float32(1.6 * max(0.0, weather.lamps - 0.3))
    pools = _lamp_pools(canvas, pose, lamps) * np.float32(0.8 * max(0.0, weather.lamps - 0.5))
    factor = cv2.merge(
        [beam + pools * warm + value for value, warm in zip(ambient, _LAMP_TINT, strict=True)]
    )
    sky = (canvas.labels == SKY)[..., None]
    factor = np.where(sky, np.float32(1), factor)
    lit = cv2.multiply(canvas.image, factor, dtype=cv2.CV_8U)
    if canvas.glow is None:
        return lit
    glow = cv2.convertScaleAbs(canvas.glow, alpha=weather.lamps)
    glow = cv2.add(glow, _lamp_glow(canvas, pose, weather, lamps))
    return cv2.add(lit, glow)


def _lamp_pools(canvas: Canvas, pose: Pose, lamps: Scene) -> Image:
    """Light the ground under the street lamps, which are those more than 3 m up."""
    places = [lamp[0] for lamp in lamps.lamps if lamp[0][1] > 3]
    size = 2 * _POOL_RADIUS
    quads = [
        ((x - _POOL_RADIUS, 0, z + _POOL_RADIUS), (size, 0, 0), (0, 0, -size))
        for x, _, z in places
    ]
    array = np.asarray(quads, np.float64).reshape(-1, 3, 3)
    cover = canvas.cover_ground(array, [_POOL] * len(places), pose)
    pools: Image = cover.astype(np.float32) / 255
    return pools


def _headlights(canvas: Canvas, pose: Pose) -> Image:
    height, width = canvas.size
    columns = ((np.arange(width) - pose.centre[0]) / pose.focal).astype(np.float32)
    rows = ((np.arange(height) - pose.horizon) / pose.focal).astype(np.float32)
    across = np.exp(-((columns / 0.33) ** 2))
    down = np.exp(-((np.minimum(rows - 0.02, 0) / 0.07) ** 2)) * (1 - 0.5 * np.exp(-rows / 0.4))
    scaled = canvas.nearness * np.float32(_HEADLIGHT_REACH)
    falloff: Image = scaled * scaled / (scaled * scaled + 1)
    return np.sqrt(falloff) * np.outer(np.maximum(down, 0), across).astype(np.float32)


def _lamp_glow(canvas: Canvas, pose: Pose, weather: Weather, lamps: Scene) -> Image:
    """Draw the halo of every lamp that is not hidden."""
    height, width = canvas.size
    halo = np.zeros((*canvas.size, 3), np.uint8)
    if not lamps.lamps:
        return halo
    places = np.array([lamp[0] for lamp in lamps.lamps]) - pose.position
    seen = places @ pose.axes.T
    for (x, y, depth), (_, colour, radius) in zip(seen, lamps.lamps, strict=True):
        if depth < 1.0 or depth > 160:
            continue
        column = round(x / depth * pose.focal + pose.centre[0])
        row = round(y / depth * pose.focal + pose.centre[1])
        inside = 0 <= column < width and 0 <= row < height
        if not inside or canvas.nearness[row, column] > 1 / (depth - 0.6):
            continue
        size = int(np.clip(radius * pose.focal / depth, 2, _LARGEST_GLOW * height))
        strength = weather.lamps * (0.4 + 0.6 / (1 + depth / 60))
        _add_halo(halo, (column, row), size, np.array(colour) * strength)
    return halo


def _add_halo(halo: Image, centre: tuple[int, int], size: int, colour: Image) -> None:
    axis = np.arange(-size, size + 1) / size
    spread = np.exp(-6 * (axis[:, None] ** 2 + axis[None, :] ** 2))
    spot = (spread[..., None] * colour).astype(np.uint8)
    left, top = centre[0] - size, centre[1] - size
    height, width = halo.shape[:2]
    columns = slice(max(0, left), min(width, left + 2 * size + 1))
    rows = slice(max(0, top), min(height, top + 2 * size + 1))
    part = spot[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    halo[rows, columns] = cv2.add(halo[rows, columns], np.ascontiguousarray(part))


def wet_road(image: Image, canvas: Canvas, pose: Pose) -> Image:
    """Mirror the scene in the road, more so at grazing angles."""
    height = canvas.size[0]
    horizon = round(pose.horizon)
    top = max(horizon, 0)
    if top >= height - 1:
        return image
    source = np.clip(2 * pose.horizon - np.arange(top, height), 0, height - 1)
    mirrored = image[np.round(source).astype(int)]
    mirrored = cv2.blur(mirrored, (3, max(3, height // 24)))
    slope = (np.arange(top, height) - pose.horizon) / pose.focal
    strength = (0.12 + 0.5 * np.exp(-slope / 0.12)).astype(np.float32)[:, None]
    strength = strength * (canvas.labels[top:] == ROAD)
    mixed = cv2.merge([strength] * 3)
    below = cv2.multiply(image[top:], 1.0 - 1.15 * mixed * 0.8, dtype=cv2.CV_8U)
    shine = cv2.multiply(mirrored, mixed * 0.85, dtype=cv2.CV_8U)
    wet = image.copy()
    wet[top:] = cv2.add(below, shine)
    return wet


def add_haze(image: Image, nearness: Image, extinction: float, colour: Image) -> Image:
    """
    Blend towards a colour with distance (Koschmieder's law).

    :param nearness: Inverse depth in 1/m, float32 [H, W]; 0 is infinitely far.
    """
    kept = cv2.exp(np.float32(-extinction) / np.maximum(nearness, np.float32(1e-4)))
    weight = cv2.merge([kept] * 3)
    clear = cv2.multiply(image, weight, dtype=cv2.CV_8U)
    air = cv2.merge([(1 - kept) * np.float32(value) for value in colour])
    return cv2.add(clear, air, dtype=cv2.CV_8U)
