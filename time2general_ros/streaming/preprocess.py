"""Camera image to network input, and network output back to the camera's size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.normalise import MEAN, STD

if TYPE_CHECKING:
    import numpy.typing as npt

# Beyond this reduction linear interpolation skips pixels, which makes fine texture flicker.
AREA_FROM = 1.5


class Preprocessor:
    """
    Resizes and normalises into one buffer that is used again for every frame.

    :param size: Height and width that the network sees.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._buffer: npt.NDArray[np.float32] = np.empty((1, 3, *size), np.float32)
        self._scale = 1 / np.array(STD, np.float32)
        self._offset = -np.array(MEAN, np.float32) * self._scale

    def __call__(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """
        Prepare an image.

        :param image: RGB, uint8 [H, W, 3].
        :returns: float32 [1, 3, height, width], valid until the next call.
        """
        for channel, plane in enumerate(cv2.split(self._resize(image))):
            target = self._buffer[0, channel]
            np.multiply(plane, self._scale[channel], out=target)
            target += self._offset[channel]
        return self._buffer

    def _resize(self, image: npt.NDArray[np.uint8]) -> cv2.typing.MatLike:
        (rows, columns), (height, width) = image.shape[:2], self._size
        if max(rows / height, columns / width) >= AREA_FROM:
            # Only what shrinks: OpenCV averages no side of an image of which one side grows.
            smaller = (min(width, columns), min(height, rows))
            image = np.asarray(cv2.resize(image, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def enlarge(small: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """
    Bring a map [h, w] of class ids or confidences to (height, width) by nearest neighbour.

    Ids must not be interpolated. The exact variant keeps pixel centres aligned; OpenCV's plain
    one shifts by up to half a cell.
    """
    height, width = size
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(large, np.uint8)
