"""Arrays to the fields of ``sensor_msgs/Image``."""

from __future__ import annotations

from array import array
from typing import TypedDict

import numpy as np
import numpy.typing as npt


class ImageFields(TypedDict):
    """
    Keyword arguments of a ``sensor_msgs/Image``, all but its header.

    ``data`` is an ``array.array('B')``, the one type that ``rclpy`` takes without checking every
    element.
    """

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: array[int]


def mono8_fields(image: npt.NDArray[np.uint8]) -> ImageFields:
    """
    Encode class ids or confidences.

    :param image: uint8 [H, W].
    :returns: Fields with their own copy of the pixels.
    """
    height, width = image.shape
    return _fields(image, height, width, 'mono8', width)


def rgb8_fields(image: npt.NDArray[np.uint8]) -> ImageFields:
    """
    Encode a colour image.

    :param image: RGB, uint8 [H, W, 3].
    :returns: Fields with their own copy of the pixels.
    """
    height, width, _ = image.shape
    return _fields(image, height, width, 'rgb8', 3 * width)


def _fields(
    image: npt.NDArray[np.uint8], height: int, width: int, encoding: str, step: int
) -> ImageFields:
    data = array('B')
    data.frombytes(np.ascontiguousarray(image).data)
    return ImageFields(
        height=height, width=width, encoding=encoding, is_bigendian=0, step=step, data=data
    )
