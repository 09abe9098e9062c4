"""Messages to RGB arrays, by the fields that ``rclpy`` and ``rosbags`` messages share."""

from __future__ import annotations

import reprlib
from typing import Any

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.compressed import decode_compressed
from time2general_ros.messages.encodings import ENCODINGS
from time2general_ros.messages.limits import check_size
from time2general_ros.messages.picture import Encoding, ImageLike, RgbImage, view_picture


def decode(message: Any) -> RgbImage:
    """
    Decode a ``sensor_msgs/Image`` or ``sensor_msgs/CompressedImage``.

    :returns: RGB, uint8 [H, W, 3], contiguous; it may share memory with the message.
    :raises BadImageError: if the message holds no usable image.
    """
    return decode_compressed(message) if hasattr(message, 'format') else decode_image(message)


def decode_image(message: ImageLike) -> RgbImage:
    """
    Decode a ``sensor_msgs/Image``, honouring row padding and byte order.

    :returns: RGB, uint8 [H, W, 3], contiguous; it may share memory with the message.
    :raises BadImageError: on an unknown encoding, an impossible size, a ``step`` shorter than a
        row or ``data`` shorter than the rows.
    """
    encoding = _find_encoding(message.encoding)
    check_size(message.width, message.height)
    return encoding.to_rgb(view_picture(message, encoding))


def _find_encoding(name: str) -> Encoding:
    encoding = ENCODINGS.get(name)
    if encoding is None:
        raise BadImageError(
            'encoding',
            f'the image encoding {reprlib.repr(name)} is not supported; set the camera driver to '
            f'one of {", ".join(ENCODINGS)}, or convert with image_proc',
        )
    return encoding
