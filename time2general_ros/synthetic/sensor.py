"""What happens on and behind the lens: rain, smear, blur, exposure and noise."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from time2general_ros.synthetic.camera import Pose
from time2general_ros.synthetic.random_streams import random_stream
from time2general_ros.synthetic.texture import Image

_BANK = 1024


def add_rain(image: Image, rng: np.random.Generator) -> Image:
    """Draw falling drops; ``rng`` belongs to the frame."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    count = max(8, height * width // 900)
    starts = rng.uniform(0, 1, (count, 2)) * (width * 1.1, height * 1.2) - (0, height * 0.1)
    lengths = rng.uniform(0.015, 0.075, count) * height
    slant = float(rng.normal(0.08, 0.03))
    ends = starts + np.stack([lengths * slant, lengths], axis=1)
    lines = np.round(np.stack([starts, ends], axis=1)).astype(np.int32)
    half = count // 4
    cv2.polylines(layer, list(lines[:half]), False, 60, 1, cv2.LINE_AA)
    cv2.polylines(layer, list(lines[half:]), False, 26, 1, cv2.LINE_AA)
    return cv2.add(image, cv2.cvtColor(cv2.blur(layer, (2, 2)), cv2.COLOR_GRAY2RGB))


def smear(image: Image, nearness: Image, before: Pose, after: Pose) -> Image:
    """
    Average the picture along the path of each point while the shutter is open.

    :param nearness: Inverse depth in 1/m, float32 [H, W].
    :param before: Camera when the shutter opens.
    :param after: Camera when it closes.
    """
    height, width = nearness.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    turn = before.axes @ after.axes.T
    shift = before.axes @ (after.position - before.position)
    rays = [(columns - after.centre[0]) / after.focal, (rows - after.centre[1]) / after.focal]
    moved = [
        np.float32(turn[axis, 0]) * rays[0]
        + np.float32(turn[axis, 1]) * rays[1]
        + np.float32(turn[axis, 2])
        + np.float32(shift[axis]) * nearness
        for axis in range(3)
    ]
    depth = np.maximum(moved[2], np.float32(0.2))
    across = moved[0] / depth * np.float32(before.focal) + np.float32(before.centre[0]) - columns
    down = moved[1] / depth * np.float32(before.focal) + np.float32(before.centre[1]) - rows
    limit = np.float32(width / 12)
    np.clip(across, -limit, limit, out=across)
    np.clip(down, -limit, limit, out=down)
    total = np.zeros(image.shape, np.float32)
    shares = np.linspace(-0.5, 0.5, 7, dtype=np.float32)
    for share in shares:
        sample = cv2.remap(
            image,
            columns + across * share,
            rows + down * share,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        cv2.accumulate(sample, total)
    return cv2.convertScaleAbs(total, alpha=1 / len(shares))


class Lens:
    """
    Sharpness, vignetting and colour response of one camera.

    :param size: Height and width of its pictures.
    """

    def __init__(self, seed: int, size: tuple[int, int]) -> None:
        rng = random_stream(seed, 'lens')
        height, width = size
        self._spread = float(rng.uniform(0.45, 0.8)) * max(0.6, min(height, width) / 480)
        response = rng.uniform(1.02, 1.2) * rng.uniform(0.97, 1.03, 3)
        gamma = float(rng.uniform(0.78, 1.05))
        levels = np.arange(256) / 255
        curve = [255 * np.clip(levels**gamma * value, 0, 1) for value in response]
        self._curve = np.stack(curve, axis=-1).astype(np.uint8)[None]
        rows = np.linspace(-1, 1, height)[:, None]
        columns = np.linspace(-1, 1, width)[None, :]
        fall = float(rng.uniform(0.04, 0.2))
        shade = (255 * (1 - fall * (rows**2 + columns**2) / 2)).astype(np.uint8)
        self._shade = cv2.merge([shade] * 3)

    def expose(self, image: Image, gain: float) -> Image:
        """Blur, shade and expose; what is too bright is lost and blooms."""
        image = cv2.GaussianBlur(image, (0, 0), self._spread)
        image = cv2.multiply(image, self._shade, scale=gain / 255)
        if gain > 1.2:
            bloom = cv2.threshold(image, 245, 0, cv2.THRESH_TOZERO)[1]
            spread = max(3, image.shape[0] // 30)
            image = cv2.addWeighted(image, 1.0, cv2.blur(bloom, (spread, spread)), 0.35, 0)
        return cv2.LUT(image, self._curve)


def add_noise(image: Image, deviation: float, rng: np.random.Generator) -> Image:
    """Add sensor noise; ``rng`` belongs to the frame."""
    height, width = image.shape[:2]
    bank = _noise_bank()
    grain = np.empty(image.shape, np.int16)
    top, left = (int(value) for value in rng.integers(0, _BANK // 2, 2))
    for row in range(0, height, _BANK // 2):
        for column in range(0, width, _BANK // 2):
            part = grain[row : row + _BANK // 2, column : column + _BANK // 2]
            part[:] = bank[top : top + part.shape[0], left : left + part.shape[1]]
    scaled = cv2.addWeighted(image, 1.0, grain, deviation / 32, 0, dtype=cv2.CV_16S)
    return np.clip(scaled, 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _noise_bank() -> Image:
    rng = random_stream(0, 'noise bank')
    mono = rng.standard_normal((_BANK, _BANK, 1)) * 0.8
    noise = mono + 0.6 * rng.standard_normal((_BANK, _BANK, 3))
    return np.clip(32 * noise, -127, 127).astype(np.int16)
