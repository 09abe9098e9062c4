"""
Fog: a bank of fractal noise that stays through a video.

Definition and parameters: Hendrycks and Dietterich, ICLR 2019. Here the mean of the noise is
always one half, so that a severity means as much fog in every video.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.corruptions.fractal import fractal_noise

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import VideoRandom

# Density, decay of the fractal noise.
FOG = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


class Fog:
    """Add a bright layer and scale back to the range; see :class:`~.effect.Effect`."""

    def __init__(self, severity: int, random: VideoRandom) -> None:
        self._density, self._decay = FOG[severity - 1]
        self._random = random
        self._layer = lru_cache(maxsize=1)(self._paint)

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """Corrupt a frame."""
        del index
        brightest = float(image.max()) / 255
        scale = brightest / (brightest + self._density)
        layer = self._layer(*image.shape[:2])
        return np.asarray(
            cv2.addWeighted(image, scale, layer, scale, 0, dtype=cv2.CV_8U), np.uint8
        )

    def _paint(self, height: int, width: int) -> npt.NDArray[np.float32]:
        noise = fractal_noise(height, width, self._decay, self._random.of_video())
        centred = np.clip(noise + 0.5 - noise.mean(), 0, 1)
        return np.asarray(cv2.merge([255 * self._density * centred] * 3), np.float32)
