"""YUV encodings with a luma plane followed by a plane of interleaved chroma."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from time2general_ros.messages.picture import Picture, RgbImage

# ITU-R BT.601 with luma 16 to 235 and chroma 16 to 240, by the coefficients that OpenCV uses.
_LUMA, _RED_V, _GREEN_U, _GREEN_V, _BLUE_U = 1.164, 1.596, -0.391, -0.813, 2.018
_BLACK = 16
_TO_RGB = np.array([[_LUMA, 0, _RED_V], [_LUMA, _GREEN_U, _GREEN_V], [_LUMA, _BLUE_U, 0]])
_TO_RGB_AFFINE = np.column_stack([_TO_RGB, _TO_RGB @ [-_BLACK, -128, -128]])


@dataclass(frozen=True)
class SemiPlanar:
    """
    Two planes in one buffer; rows of both begin at multiples of ``step``.

    :param convert: Maps a picture to RGB, uint8 [H, W, 3].
    :param group: Pixels on each side of a square that share their chroma.
    :param chroma_rows: Rows of ``step`` bytes that hold the chroma of one row of squares.
    """

    convert: Callable[[Picture], RgbImage]
    group: int
    chroma_rows: int
    least_side: int = 1

    def row_bytes(self, width: int) -> int:
        """Tell how much of ``step`` the pixels of a row take."""
        return _squares(width, self.group) * self.group

    def stored_rows(self, height: int) -> int:
        """Tell how many rows of ``step`` bytes the message holds."""
        return height + _squares(height, self.group) * self.chroma_rows

    def to_rgb(self, picture: Picture) -> RgbImage:
        """Convert to uint8 [H, W, 3], contiguous."""
        return np.ascontiguousarray(self.convert(picture)[: picture.height, : picture.width])


def quarter_chroma(code: int, picture: Picture) -> RgbImage:
    """
    Convert NV12 or NV21, in which 2x2 pixels share their chroma.

    :param code: ``cv2.COLOR_YUV2RGB_NV12`` or ``cv2.COLOR_YUV2RGB_NV21``.
    :returns: uint8, height and width rounded up to even numbers.
    """
    used = picture.rows[:, : 2 * _squares(picture.width, 2)]
    if picture.height % 2:
        luma, chroma = used[: picture.height], used[picture.height :]
        used = np.concatenate([luma, luma[-1:], chroma])
    return np.asarray(cv2.cvtColor(used, code), np.uint8)


def full_chroma(picture: Picture) -> RgbImage:
    """Convert NV24, in which every pixel has chroma of its own and a row of it takes 2 steps."""
    height, width = picture.height, picture.width
    luma: npt.NDArray[np.uint8] = picture.rows[:height, :width]
    chroma = picture.rows[height:].reshape(height, -1)[:, : 2 * width].reshape(height, width, 2)
    # OpenCV takes what is below black for black, whatever its chroma, in the other encodings.
    yuv = cv2.merge([np.maximum(luma, _BLACK), chroma])
    return np.asarray(cv2.transform(yuv, _TO_RGB_AFFINE), np.uint8)


def _squares(side: int, group: int) -> int:
    return -(-side // group)
