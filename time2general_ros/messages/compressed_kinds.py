"""What a compressed image that is no JPEG or PNG holds, told by its bytes or by its format."""

from __future__ import annotations

import re
import reprlib

# By the first bytes, which know better than the format what follows.
_BY_BYTES = (
    (rb'RIFF....WEBP', 'a WebP picture'),
    (rb'II[*+]\x00|MM\x00[*+]', 'a TIFF picture'),
    (rb'BM....\x00\x00\x00\x00', 'a BMP picture'),
    (rb'....ftyp(avi[fs]|mif1)', 'an AVIF picture'),
    (rb'....ftyphei[cx]', 'an HEIC picture'),
    (rb'\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51', 'a JPEG 2000 picture'),
    (rb'\x00\x00\x00\x0cJXL |\xff\x0a', 'a JPEG XL picture'),
    (rb'qoif', 'a QOI picture'),
    (rb'GIF8[79]a', 'a GIF picture'),
    (rb'P[1-7]\s', 'a PNM picture'),
    (rb'v/1\x01', 'an OpenEXR picture'),
    (rb'\x28\xb5\x2f\xfd', 'an image packed with zstd'),
    (rb'\x00\x00(\x00)?\x01', 'a video stream'),
)
_BY_FORMAT = (
    (r'h\.?26[345]|hevc|avc|av1|vp[89]|mpeg[24]|theora|ffmpeg', 'a video stream'),
    (r'depth|rvl', 'a depth image'),
    (r'zstd', 'an image packed with zstd'),
    (r'tiff?|webp|avif|hei[cf]|bmp|qoi|gif|jxl|jp2|jpeg ?2000', 'another kind of picture'),
)
_REMEDIES = {
    'a video stream': 'decode it to images first, as image_transport republish does',
    'a depth image': 'subscribe to the colour image of the camera',
}
_REMEDY = 'set the format of the compressed transport to jpeg or png (compressed.format)'


def other_kind(data: bytes, form: str) -> str | None:
    """
    Say what an image is, and what to do about it.

    :param data: What is no JPEG and no PNG.
    :param form: The ``format`` of the message.
    :returns: None if nothing is known of it: damaged data, most likely.
    """
    kind = next((kind for magic, kind in _BY_BYTES if re.match(magic, data, re.DOTALL)), None)
    if kind is None:
        words = form.lower()
        kind = next((kind for name, kind in _BY_FORMAT if re.search(name, words)), None)
    if kind is None:
        return None
    remedy = _REMEDIES.get(kind, _REMEDY)
    return f'the image of format {reprlib.repr(form)} is {kind}, which is not read; {remedy}'
