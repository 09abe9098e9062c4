"""What drivers call the encoding of an image: read as one of the table, or refused by its kind."""

from __future__ import annotations

import re
import reprlib
from typing import NamedTuple

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.encodings import ENCODINGS

WHOLE_SAMPLE = 16


class NamedEncoding(NamedTuple):
    """
    An encoding of the table.

    :param name: A key of ``ENCODINGS``.
    :param bits: The bits in use of a 16-bit sample where the name tells them, else 16.
    """

    name: str
    bits: int = WHOLE_SAMPLE


_BY_OTHER_NAMES = {
    'rgb': 'rgb8',
    'rgb24': 'rgb8',
    'rgb888': 'rgb8',
    'bgr': 'bgr8',
    'bgr24': 'bgr8',
    'bgr888': 'bgr8',
    'rgba': 'rgba8',
    'rgba32': 'rgba8',
    'bgra': 'bgra8',
    'bgra32': 'bgra8',
    'mono': 'mono8',
    'gray': 'mono8',
    'grey': 'mono8',
    '16uc3': 'bgr16',
    '16uc4': 'bgra16',
    'yuy2': 'yuyv',
    'yuyv422': 'yuyv',
    'yuv422_yuyv': 'yuyv',
    'uyvy422': 'uyvy',
    'yuv422_uyvy': 'uyvy',
    'yuv_nv12': 'nv12',
    'yuv_nv21': 'nv21',
    'yuv_nv24': 'nv24',
}
# GenICam names a mosaic by the first two pixels of its first row.
_MOSAICS = {'rg': 'rggb', 'bg': 'bggr', 'gb': 'gbrg', 'gr': 'grbg'}
_DEPTHS = re.compile(
    r'(?:(?P<grey>mono|gray|grey|y)|bayer_?(?P<mosaic>rggb|bggr|gbrg|grbg|rg|bg|gb|gr))'
    r'_?(?P<bits>8|10|12|14|16)(?:le)?'
)
_LOWER = {name.lower(): name for name in ENCODINGS}

_NUMBERS = (
    'it holds measured numbers, as depth and disparity images do; subscribe to the colour image '
    'of the camera'
)
_CHANNELS = (
    'it names no colours for so many channels; set the camera driver to name them, such as yuyv '
    'or uyvy for two and bgr8 for three'
)
_PICTURE = (
    'it is a compressed picture, which sensor_msgs/Image is not for; have the camera driver '
    'publish a sensor_msgs/CompressedImage, and set image_transport to compressed'
)
_VIDEO = 'it is a video stream; decode it to images first, as image_transport republish does'
_SHARED_BYTES = 'its samples share bytes; set the camera to 8 bits or to unpacked 10 or 12 bits'
_LAYOUT = 'its YUV layout is not read; set the camera driver to nv12, yuyv, uyvy or rgb8'
# What a name tells of an image that cannot be read.
_MEASURED = r'(8|16|32)sc\d*|(32|64)fc\d*|32uc\d*|.*depth.*|disparity.*|z16'
_REFUSED = (
    (_MEASURED, _NUMBERS),
    (r'(8|16)uc\d*', _CHANNELS),
    (r'.*(jpe?g|png|tiff?|webp|avif|bmp|qoi|zstd).*', _PICTURE),
    (r'.*(h\.?26[345]|hevc|avc|av1|vp[89]|mpe?g|theora|ffmpeg).*', _VIDEO),
    (r'(mono|gr[ae]y|y|bayer_?[rgb]+)_?(10|12|14)_?(p|packed|msb|mipi|csi.*)', _SHARED_BYTES),
    (r'.*(410|411|420|422|440|444).*|iyuv|y[uv]\d\d|nv\d\d|p[02]1\d', _LAYOUT),
)


def recognise(name: str) -> NamedEncoding | None:
    """Read a name, in capitals or not; None if no encoding of the table goes by it."""
    if name in ENCODINGS:
        return NamedEncoding(name)
    lower = name.lower()
    known = _LOWER.get(lower) or _BY_OTHER_NAMES.get(lower)
    if known:
        return NamedEncoding(known)
    match = _DEPTHS.fullmatch(lower)
    if match is None:
        return None
    bits = int(match['bits'])
    mosaic = _MOSAICS.get(match['mosaic'], match['mosaic'])
    kind = 'mono' if match['grey'] else f'bayer_{mosaic}'
    return NamedEncoding(f'{kind}8') if bits == 8 else NamedEncoding(f'{kind}16', bits)


def require(name: str) -> NamedEncoding:
    """
    Read a name that must be known.

    :raises BadImageError: ``encoding``, by the name, with what its kind needs.
    """
    named = recognise(name)
    if named is None:
        raise BadImageError(
            'encoding', f'the image encoding {reprlib.repr(name)} is not supported{_why(name)}'
        )
    return named


def is_measured(name: str) -> bool:
    """Tell whether an encoding is one of measured numbers, as of depth, and of no picture."""
    return recognise(name) is None and bool(re.fullmatch(_MEASURED, name.strip().lower()))


def _why(name: str) -> str:
    lower = name.strip().lower()
    for kind, reason in _REFUSED:
        if re.fullmatch(kind, lower):
            return f': {reason}'
    return f'; set the camera driver to one of {", ".join(ENCODINGS)}, or convert with image_proc'
