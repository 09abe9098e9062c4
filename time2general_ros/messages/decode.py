"""Messages to RGB arrays, by the fields that ``rclpy`` and ``rosbags`` messages share."""

from __future__ import annotations

from typing import Any

from time2general_ros.messages.compressed import decode_compressed
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE, require
from time2general_ros.messages.encodings import ENCODINGS
from time2general_ros.messages.limits import check_size
from time2general_ros.messages.picture import ImageLike, RgbImage, view_picture


def decode(message: Any, image_bits: int = WHOLE_SAMPLE) -> RgbImage:
    """
    Decode a ``sensor_msgs/Image`` or ``sensor_msgs/CompressedImage``.

    :param image_bits: How many low bits of each 16-bit sample the camera uses, 8 to 16, where the
        encoding does not tell; samples of 8 bits are not touched.
    :returns: RGB, uint8 [H, W, 3], contiguous; it may share memory with the message.
    :raises BadImageError: if the message holds no usable image.
    """
    decoder = decode_compressed if hasattr(message, 'format') else decode_image
    return decoder(message, image_bits)


def decode_image(message: ImageLike, image_bits: int = WHOLE_SAMPLE) -> RgbImage:
    """
    Decode a ``sensor_msgs/Image``, honouring row padding and byte order.

    :param image_bits: As in :func:`decode`.
    :returns: RGB, uint8 [H, W, 3], contiguous; it may share memory with the message.
    :raises BadImageError: on an unknown encoding, an impossible size, a ``step`` shorter than a
        row or ``data`` shorter than the rows.
    """
    named = require(message.encoding)
    encoding = ENCODINGS[named.name]
    check_size(message.width, message.height)
    bits = min(named.bits, image_bits)
    return encoding.to_rgb(view_picture(message, named.name, encoding, bits))
