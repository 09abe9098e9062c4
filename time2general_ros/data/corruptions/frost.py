"""
Frost on the pane before the lens, the same through a video.

Definition and parameters: Hendrycks and Dietterich, ICLR 2019, who mix in photographs of frost.
Here it is painted: needles of ice that lie in one direction patch by patch, denser towards the
border.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.corruptions.blur import streak
from time2general_ros.data.corruptions.fractal import fractal_noise

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import VideoRandom

# Shares of the image and of the frost.
FROST = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
ICE = (0.86, 0.95, 1.0)
DIRECTIONS = 5
NEEDLE = 12


class Frost:
    """Mix a frozen pane into each frame; see :class:`~.effect.Effect`."""

    def __init__(self, severity: int, random: VideoRandom) -> None:
        self._kept, self._frozen = FROST[severity - 1]
        self._random = random
        self._pane = lru_cache(maxsize=1)(self._paint)

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """Corrupt a frame."""
        del index
        pane = self._pane(*image.shape[:2])
        return np.asarray(cv2.addWeighted(image, self._kept, pane, self._frozen, 0), np.uint8)

    def _paint(self, height: int, width: int) -> npt.NDArray[np.uint8]:
        random = self._random.of_video()
        rows = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None]
        columns = np.abs(np.linspace(-1, 1, width, dtype=np.float32))
        cover = fractal_noise(height, width, 1.8, random) + 0.5 * np.maximum(rows, columns)
        # A quarter of the pane is thawed; the frost thickens gradually from there.
        cover = np.clip(2.0 * (cover - np.quantile(cover, 0.25)), 0, 1)
        frost = 255 * cover * (0.35 + 0.65 * _needles(height, width, random))
        return np.stack([frost * share for share in ICE], axis=-1).astype(np.uint8)


def _needles(height: int, width: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Paint needles of ice, float32 [H, W] from 0 to 1."""
    needles = np.zeros((height, width), np.float32)
    highest = np.full((height, width), -1, np.float32)
    turn = random.uniform(0, 180)
    for direction in range(DIRECTIONS):
        grain = random.standard_normal((height, width)).astype(np.float32)
        angle = turn + 180 * direction / DIRECTIONS
        drawn = cv2.filter2D(grain, -1, streak(NEEDLE, NEEDLE, angle))
        ridge = 1 - np.minimum(np.abs(drawn) / max(float(drawn.std()), 1e-9), 1)
        height_here = fractal_noise(height, width, 1.6, random)
        here = height_here > highest
        needles = np.where(here, ridge, needles)
        highest = np.maximum(highest, height_here)
    return needles
