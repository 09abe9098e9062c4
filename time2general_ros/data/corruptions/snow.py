"""
Snow that falls through the picture.

Definition and parameters: Hendrycks and Dietterich, ICLR 2019. There each image has flakes of its
own; here one layer of flakes drifts along its streaks, the same distance from frame to frame.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, radians, tan
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from time2general_ros.data.corruptions.blur import streak

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import VideoRandom


class SnowLevel(NamedTuple):
    """
    How dense the snow is.

    :param mean: Mean of the noise that flakes are the peaks of; its deviation is 0.3.
    :param zoom: Size of a flake in pixels.
    :param threshold: What of the noise is a flake.
    :param length: Length of the streaks.
    :param deviation: Deviation of the weights along them.
    :param kept: Share of the image that is not whitened.
    """

    mean: float
    zoom: float
    threshold: float
    length: int
    deviation: float
    kept: float


SNOW = (
    SnowLevel(0.1, 3, 0.5, 10, 4, 0.8),
    SnowLevel(0.2, 2, 0.5, 12, 4, 0.7),
    SnowLevel(0.55, 4, 0.9, 12, 8, 0.7),
    SnowLevel(0.55, 4.5, 0.85, 12, 8, 0.65),
    SnowLevel(0.55, 2.5, 0.85, 12, 12, 0.55),
)
NOISE_DEVIATION = 0.3
FALL = 45.0, 135.0
# Share of the height of the image that a flake falls from frame to frame.
SPEED = 0.02


class Snow:
    """Whiten each frame and lay falling flakes over it; see :class:`~.effect.Effect`."""

    def __init__(self, severity: int, random: VideoRandom) -> None:
        self._level = SNOW[severity - 1]
        self._random = random
        self._angle = float(random.of_video().uniform(*FALL))
        self._flakes = lru_cache(maxsize=1)(self._paint)

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """Corrupt a frame."""
        height, width = image.shape[:2]
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        pale = cv2.convertScaleAbs(grey, alpha=1.5, beta=127.5)
        whitened = cv2.max(image, cv2.merge([pale] * 3))
        kept = self._level.kept
        mixed = cv2.addWeighted(image, kept, whitened, 1 - kept, 0)
        fallen = SPEED * height * index
        shift = round(fallen), round(fallen / tan(radians(self._angle)))
        flakes = np.roll(self._flakes(height, width), shift, axis=(0, 1))
        return np.asarray(cv2.add(mixed, cv2.merge([flakes] * 3)), np.uint8)

    def _paint(self, height: int, width: int) -> npt.NDArray[np.uint8]:
        """Paint flakes near and far, uint8 [H, W]."""
        level = self._level
        random = self._random.of_video()
        shape = ceil(height / level.zoom), ceil(width / level.zoom)
        coarse = random.normal(level.mean, NOISE_DEVIATION, shape).astype(np.float32)
        noise = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        peaks = np.clip(np.where(noise < level.threshold, 0, noise), 0, 1).astype(np.float32)
        kernel = streak(level.length, level.deviation, self._angle)
        flakes = np.asarray(cv2.filter2D(peaks, -1, kernel), np.float32)
        both = flakes + flakes[::-1, ::-1]
        return np.asarray(np.rint(255 * np.clip(both, 0, 1)), np.uint8)
