"""
Drops of water or mud on the lens, the same through a video.

Definition and parameters: Hendrycks and Dietterich, ICLR 2019; the shading of water is ours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from time2general_ros.data.corruptions.fractal import stretch

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.corruptions.effect import VideoRandom

    Map = npt.NDArray[np.float32]


class SpatterLevel(NamedTuple):
    """
    How much liquid there is.

    :param mean: Mean of the noise whose peaks are drops.
    :param deviation: Deviation of the noise.
    :param size: Deviation of the blur that makes drops of it, in pixels.
    :param threshold: What of the noise is a drop.
    :param strength: Of water: how bright drops are. Of mud: deviation of their soft border.
    :param mud: Whether it is mud.
    """

    mean: float
    deviation: float
    size: float
    threshold: float
    strength: float
    mud: bool


SPATTER = (
    SpatterLevel(0.65, 0.3, 4, 0.69, 0.6, mud=False),
    SpatterLevel(0.65, 0.3, 3, 0.68, 0.6, mud=False),
    SpatterLevel(0.65, 0.3, 2, 0.68, 0.5, mud=False),
    SpatterLevel(0.65, 0.3, 1, 0.65, 1.5, mud=True),
    SpatterLevel(0.67, 0.4, 1, 0.65, 1.5, mud=True),
)
WATER_COLOUR = (175, 238, 238)
MUD_COLOUR = (63, 42, 20)
THINNEST_MUD = 0.8


class Spatter:
    """Mix the colour of the liquid in where the drops are; see :class:`~.effect.Effect`."""

    def __init__(self, severity: int, random: VideoRandom) -> None:
        self._level = SPATTER[severity - 1]
        self._random = random
        self._layers = lru_cache(maxsize=1)(self._paint)

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """Corrupt a frame."""
        del index
        kept, added = self._layers(*image.shape[:2])
        if kept is not None:
            image = np.asarray(cv2.multiply(image, kept, dtype=cv2.CV_8U), np.uint8)
        return np.asarray(cv2.add(image, added), np.uint8)

    def _paint(self, height: int, width: int) -> tuple[Map | None, npt.NDArray[np.uint8]]:
        """Paint the share of the image that is kept (None for all) and what is added to it."""
        level = self._level
        noise = self._random.of_video().normal(level.mean, level.deviation, (height, width))
        liquid = np.asarray(cv2.GaussianBlur(noise, (0, 0), level.size), np.float32)
        if not level.mud:
            return None, _coloured(_water(liquid, level), WATER_COLOUR)
        mud = _mud(liquid, level)
        return np.asarray(cv2.merge([1 - mud] * 3), np.float32), _coloured(mud, MUD_COLOUR)


def _water(liquid: Map, level: SpatterLevel) -> Map:
    """Light drops from above left: bright on one side, clear on the other."""
    depth = np.where(liquid < level.threshold, 0, liquid - level.threshold).astype(np.float32)
    towards_light = cv2.Sobel(depth, -1, 1, 0) + cv2.Sobel(depth, -1, 0, 1)
    shading = np.clip(0.5 + 0.5 * towards_light / max(float(towards_light.max()), 1e-9), 0, 1)
    return np.asarray(level.strength * shading * (depth > 0) * (0.2 + 0.8 * stretch(depth)))


def _mud(liquid: Map, level: SpatterLevel) -> Map:
    splashes = (liquid > level.threshold).astype(np.float32)
    soft = cv2.GaussianBlur(splashes, (0, 0), level.strength)
    return np.where(soft < THINNEST_MUD, 0, soft).astype(np.float32)


def _coloured(cover: Map, colour: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    return np.rint(cover[..., None] * np.array(colour, np.float32)).astype(np.uint8)
