"""Messages to RGB arrays, by the fields that ``rclpy`` and ``rosbags`` messages share."""

from __future__ import annotations

import reprlib
from typing import Any, Protocol

import numpy as np

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.compressed import decode_compressed
from time2general_ros.messages.encodings import ENCODINGS, Encoding, RgbImage, Samples
from time2general_ros.messages.limits import check_size


class ImageLike(Protocol):
    """
    The fields of ``sensor_msgs/Image`` that hold the picture.

    ``data`` is any object with the buffer protocol: ``array.array``, ``bytes``, ``ndarray``.
    """

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: Any


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
        row or ``data`` shorter than ``step * height``.
    """
    encoding = _find_encoding(message.encoding)
    check_size(message.width, message.height)
    return encoding.to_rgb(_samples(message, encoding))


def _find_encoding(name: str) -> Encoding:
    encoding = ENCODINGS.get(name)
    if encoding is None:
        raise BadImageError(
            'encoding',
            f'the image encoding {reprlib.repr(name)} is not supported; set the camera driver to '
            f'one of {", ".join(ENCODINGS)}, or convert with image_proc',
        )
    return encoding


def _samples(message: ImageLike, encoding: Encoding) -> Samples:
    """View the message's buffer as native samples [H, W, channels], without the row padding."""
    height, width, step = message.height, message.width, message.step
    row_bytes = width * encoding.channels * encoding.sample_bytes
    if step < row_bytes:
        raise BadImageError(
            'short_step',
            f'step is {step} bytes but a row of {width} {message.encoding} pixels takes '
            f'{row_bytes}; the camera driver fills in the message wrongly',
        )
    size = memoryview(message.data).nbytes
    if size < step * height:
        raise BadImageError(
            'short_data',
            f'data holds {size} bytes but step * height is {step} * {height} = {step * height}; '
            'the message was cut off or the camera driver fills it in wrongly',
        )
    rows = np.frombuffer(message.data, np.uint8, step * height).reshape(height, step)
    order = '>' if message.is_bigendian else '<'
    stored = rows[:, :row_bytes].view(f'{order}u{encoding.sample_bytes}')
    native = stored.astype(stored.dtype.newbyteorder('='), copy=False)
    return native.reshape(height, width, encoding.channels)
