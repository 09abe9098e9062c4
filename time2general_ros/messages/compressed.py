"""JPEG and PNG messages to RGB arrays."""

from __future__ import annotations

import reprlib
from typing import Any, Protocol

import cv2
import numpy as np

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.encodings import RgbImage
from time2general_ros.messages.image_files import read_size
from time2general_ros.messages.limits import check_size

# The stored pixels are what camera_info describes: an EXIF rotation would break that.
_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


class CompressedLike(Protocol):
    """
    The fields of ``sensor_msgs/CompressedImage`` that hold the picture.

    ``data`` is any object with the buffer protocol: ``array.array``, ``bytes``, ``ndarray``.
    """

    format: str
    data: Any


def decode_compressed(message: CompressedLike) -> RgbImage:
    """
    Decode a ``sensor_msgs/CompressedImage`` that holds a JPEG or a PNG.

    The kind is told from the data: drivers disagree on what to write into ``format``.

    :returns: RGB, uint8 [H, W, 3].
    :raises BadImageError: if the data is no complete JPEG or PNG, or claims an impossible size.
    """
    data = bytes(message.data)
    size = read_size(data)
    if size is None:
        raise BadImageError(
            'decode',
            f'{len(data)} bytes of format {reprlib.repr(message.format)} are not a complete JPEG '
            'or PNG; set the camera driver to jpeg or png, and check the link for cut-off data',
        )
    check_size(*size)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS)
    except cv2.error:
        image = None
    if image is None or image.shape[1::-1] != size:
        raise BadImageError(
            'decode',
            f'the {size[0]}x{size[1]} image of format {reprlib.repr(message.format)} does not '
            'decode; check the camera driver and the link for damaged data',
        )
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
