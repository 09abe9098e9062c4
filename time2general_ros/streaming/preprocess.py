"""Camera image to network input, and network output back to the camera's size."""

from __future__ import annotations

from functools import lru_cache
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
    Resizes and normalises into buffers that are used again for every frame.

    :param size: Height and width that the network sees.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        height, width = size
        self._size = size
        self._small: npt.NDArray[np.uint8] = np.empty((height, width, 3), np.uint8)
        self._planes = tuple(np.empty((height, width), np.uint8) for _ in range(3))
        self._buffer: npt.NDArray[np.float32] = np.empty((1, 3, height, width), np.float32)

    def __call__(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """
        Prepare an image.

        :param image: RGB, uint8 [H, W, 3].
        :returns: float32 [1, 3, height, width], valid until the next image.
        """
        self.write(image, self._buffer[0])
        return self._buffer

    def write(self, image: npt.NDArray[np.uint8], out: npt.NDArray[np.float32]) -> None:
        """
        Prepare an image in a place of the caller's, such as its row of a batch.

        :param image: RGB, uint8 [H, W, 3].
        :param out: float32 [3, height, width]; in memory contiguous, or contiguous with its
            channels last. It is overwritten.
        """
        cv2.split(self._resize(image), self._planes)
        normal = out if out.flags.c_contiguous else self._buffer[0]
        for plane, mean, std, target in zip(self._planes, MEAN, STD, normal, strict=True):
            # One pass of OpenCV: plane / std - mean / std.
            cv2.addWeighted(plane, 1 / std, plane, 0, -mean / std, target, cv2.CV_32F)
        if normal is not out:
            # Faster than any single pass of OpenCV from bytes to floats with channels last.
            cv2.merge([*normal], out.transpose(1, 2, 0))

    def _resize(self, image: npt.NDArray[np.uint8]) -> cv2.typing.MatLike:
        height, width = self._size
        image = self._halve(image)
        rows, columns = image.shape[:2]
        if max(rows / height, columns / width) >= AREA_FROM:
            # Only what shrinks: OpenCV averages no side of an image of which one side grows.
            smaller = (min(width, columns), min(height, rows))
            image = np.asarray(cv2.resize(image, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        if image.shape[:2] == self._size:
            return image
        return cv2.resize(image, (width, height), self._small, interpolation=cv2.INTER_LINEAR)

    def _halve(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Average 2x2 pixels while that leaves enough: OpenCV does it ten times as fast."""
        height, width = self._size
        rows, columns = image.shape[:2]
        while rows >= 2 * height and columns >= 2 * width and not (rows % 2 or columns % 2):
            rows, columns = rows // 2, columns // 2
            half = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
            image = np.asarray(half, np.uint8)
        return image


def enlarge(small: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """
    Bring a map [h, w] of class ids or confidences to (height, width) by nearest neighbour.

    Ids must not be interpolated. Each pixel takes the cell under its centre. Along the rows first:
    whole rows are then copied, several times as fast as OpenCV's exact variant.
    """
    rows, columns = (_cells(*sides) for sides in zip(small.shape, size, strict=True))
    return small.take(columns, axis=1).take(rows, axis=0)


@lru_cache(maxsize=32)
def _cells(cells: int, pixels: int) -> npt.NDArray[np.intp]:
    """Return the number of the cell that the centre of each pixel lies in."""
    return (2 * np.arange(pixels) + 1) * cells // (2 * pixels)
