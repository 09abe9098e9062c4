"""JPEG and PNG messages to RGB arrays."""

from __future__ import annotations

import reprlib
from typing import Any, Protocol

import cv2
import numpy as np

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.compressed_kinds import other_kind
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE, recognise
from time2general_ros.messages.encodings import ENCODINGS
from time2general_ros.messages.image_files import read_facts
from time2general_ros.messages.limits import check_size
from time2general_ros.messages.picture import Picture, RgbImage, Samples

# The stored pixels are what camera_info describes: an EXIF rotation would break that.
_FLAGS = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
# What OpenCV decodes into, by the number of channels and the bytes of a sample.
_DECODED = {(1, 1): 'mono8', (1, 2): 'mono16', (3, 1): 'bgr8', (3, 2): 'bgr16'}
_DEPTH = 'compresseddepth'


class CompressedLike(Protocol):
    """
    The fields of ``sensor_msgs/CompressedImage`` that hold the picture.

    ``data`` is any object with the buffer protocol: ``array.array``, ``bytes``, ``ndarray``.
    """

    format: str
    data: Any


def decode_compressed(message: CompressedLike, image_bits: int = WHOLE_SAMPLE) -> RgbImage:
    """
    Decode a ``sensor_msgs/CompressedImage`` that holds a JPEG or a PNG.

    The kind and the order of colours are told from the data: drivers disagree on what to write
    into ``format``. Only what is stored as grey is read from there: the mosaic of a Bayer image,
    and how many bits of a sample are in use.

    :param image_bits: How many low bits of each 16-bit sample the camera uses, 8 to 16.
    :returns: RGB, uint8 [H, W, 3], contiguous.
    :raises BadImageError: if the data is no complete JPEG or PNG, or claims an impossible size;
        another kind of picture is named.
    """
    if _DEPTH in message.format.lower():
        raise BadImageError(
            'encoding',
            f'format {reprlib.repr(message.format)} is a depth image; subscribe to the colour '
            'image of the camera',
        )
    data = bytes(message.data)
    facts = read_facts(data)
    if facts is None and (refusal := other_kind(data, message.format)):
        raise BadImageError('encoding', refusal)
    if facts:
        check_size(*facts.size)
    count = len(data)
    if facts is None or count < facts.least_bytes:
        raise BadImageError(
            'decode',
            f'{count} bytes of format {reprlib.repr(message.format)} are not a complete JPEG or '
            'PNG; set the camera driver to jpeg or png, and check the link for cut-off data',
        )
    try:
        stored = cv2.imdecode(np.frombuffer(message.data, np.uint8), _FLAGS)
    except cv2.error:
        stored = None
    if stored is None or stored.shape[1::-1] != facts.size:
        raise BadImageError(
            'decode',
            f'the {facts.size[0]}x{facts.size[1]} image of format '
            f'{reprlib.repr(message.format)} does not decode; check the camera driver and the '
            'link for damaged data',
        )
    return _to_rgb(np.asarray(stored), message.format, image_bits)


def _to_rgb(stored: Samples, form: str, image_bits: int) -> RgbImage:
    height, width = stored.shape[:2]
    channels = stored.size // (height * width)
    name, bits = _DECODED[channels, stored.itemsize], image_bits
    original = recognise(form.partition(';')[0].strip())
    if channels == 1 and original:
        bits = min(bits, original.bits)
        mosaic = original.name.rstrip('0123456789')
        if mosaic.startswith('bayer_'):
            name = f'{mosaic}{8 * stored.itemsize}'
    encoding = ENCODINGS[name]
    rows = stored.reshape(height, -1).view(np.uint8)
    return encoding.to_rgb(Picture(name, height, width, False, rows, bits))
