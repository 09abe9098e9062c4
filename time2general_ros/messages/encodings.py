"""The table of raw image encodings, by their names in ``sensor_msgs/image_encodings.hpp``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.unsignedinteger[Any]]
RgbImage = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Encoding:
    """
    How the samples of one encoding lie in memory and become RGB.

    :param channels: Samples per pixel.
    :param sample_bytes: Bytes per sample; ``is_bigendian`` matters only above 1.
    :param to_rgb: Maps samples [H, W, channels], rows possibly padded, to RGB uint8 [H, W, 3].
    """

    channels: int
    sample_bytes: int
    to_rgb: Callable[[Samples], RgbImage]


def _convert(code: int, samples: Samples) -> RgbImage:
    return np.asarray(cv2.cvtColor(samples, code), np.uint8)


ENCODINGS: dict[str, Encoding] = {
    'rgb8': Encoding(3, 1, np.ascontiguousarray),
    'bgr8': Encoding(3, 1, partial(_convert, cv2.COLOR_BGR2RGB)),
    'rgba8': Encoding(4, 1, partial(_convert, cv2.COLOR_RGBA2RGB)),
    'bgra8': Encoding(4, 1, partial(_convert, cv2.COLOR_BGRA2RGB)),
    'mono8': Encoding(1, 1, partial(_convert, cv2.COLOR_GRAY2RGB)),
}
