"""
Faults of exposure and of storage.

Definitions and parameters: Hendrycks and Dietterich, ICLR 2019.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.corruptions.effect import Effect, Stateless, VideoRandom

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[np.uint8]

BRIGHTNESS = (0.1, 0.2, 0.3, 0.4, 0.5)
CONTRAST = (0.4, 0.3, 0.2, 0.1, 0.05)
# Factor and offset of the saturation: paler in two levels, gaudier in three.
SATURATION = ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2))
JPEG_QUALITY = (25, 18, 15, 10, 7)


def brightness(severity: int, random: VideoRandom) -> Effect:
    """Raise the value (HSV): overexposure."""
    del random
    return Stateless(partial(_change_hsv, channel=2, factor=1.0, offset=BRIGHTNESS[severity - 1]))


def saturate(severity: int, random: VideoRandom) -> Effect:
    """Scale the saturation (HSV)."""
    del random
    factor, offset = SATURATION[severity - 1]
    return Stateless(partial(_change_hsv, channel=1, factor=factor, offset=offset))


def contrast(severity: int, random: VideoRandom) -> Effect:
    """Draw all values towards the mean of their channel in the frame."""
    del random
    return Stateless(partial(_towards_mean, factor=CONTRAST[severity - 1]))


def jpeg_compression(severity: int, random: VideoRandom) -> Effect:
    """Compress with losses."""
    del random
    return Stateless(partial(_compress, quality=JPEG_QUALITY[severity - 1]))


def _change_hsv(image: Image, channel: int, factor: float, offset: float) -> Image:
    # The 8-bit form of HSV would round the hue.
    hsv = cv2.cvtColor(np.multiply(image, 1 / 255, dtype=np.float32), cv2.COLOR_RGB2HSV)
    changed = cv2.extractChannel(hsv, channel) * np.float32(factor) + np.float32(offset)
    cv2.insertChannel(np.clip(changed, 0, 1, out=changed), hsv, channel)
    rgb = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return np.asarray(cv2.convertScaleAbs(rgb, alpha=255), np.uint8)


def _towards_mean(image: Image, factor: float) -> Image:
    means = np.array(cv2.mean(image)[:3])
    table = np.rint((np.arange(256)[:, None] - means) * factor + means).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), np.uint8)


def _compress(image: Image, quality: int) -> Image:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
