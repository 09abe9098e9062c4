"""Image messages as a camera driver sends them, made up for timing."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import cv2
import numpy as np

FRAME_NS = 33_333_333
# Different ones, so that no cache holds the answer to the one before.
DIFFERENT = 4
CHANNELS = 3


@dataclass(frozen=True)
class CameraMessage:
    """The fields of ``sensor_msgs/Image`` that are read."""

    height: int
    width: int
    encoding: str
    data: array[int]
    is_bigendian: int = 0

    @property
    def step(self) -> int:
        """Bytes of a row."""
        return CHANNELS * self.width


def camera_messages(size: tuple[int, int], encoding: str = 'bgr8') -> list[CameraMessage]:
    """
    Make pictures with smooth areas, edges and noise.

    :param size: Height and width.
    :param encoding: ``bgr8`` or ``rgb8``; most colour cameras send the first.
    """
    height, width = size
    random = np.random.default_rng(0)
    messages = []
    for _ in range(DIFFERENT):
        coarse = random.integers(30, 226, (9, 16, CHANNELS), np.uint8)
        smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        blocks = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
        noise = random.integers(0, 24, (height, width, CHANNELS), np.uint8)
        picture = cv2.add(cv2.addWeighted(smooth, 0.5, blocks, 0.5, 0), noise)
        data = array('B', picture.tobytes())
        messages.append(CameraMessage(height, width, encoding, data))
    return messages
