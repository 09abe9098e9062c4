"""The numbers that the pixels of a PNG hold, not the colours or greys that they stand for."""

from __future__ import annotations

import struct
from zlib import crc32

import cv2
import numpy as np
import numpy.typing as npt

_MAGIC = b'\x89PNG\r\n\x1a\n'
_GREY, _PALETTE = 0, 3
# Width, height, bits of a pixel, colour type.
_HEADER = '>IIBB'


def read_indices(data: bytes) -> npt.NDArray[np.uint8] | None:
    """
    Read the numbers of a PNG of palette mode, or of grey of up to 8 bits (ISO/IEC 15948).

    Decoders give the colours. So its header is made to say that the same numbers are grey. Of
    grey, its opacity is left out, and what is of less than 8 bits is not spread over their range.

    :returns: uint8 [H, W]; None if the data is no such PNG, or is damaged.
    """
    if data[:8] != _MAGIC or data[12:16] != b'IHDR' or len(data) < 33:
        return None
    _, _, depth, colour = struct.unpack_from(_HEADER, data, 16)
    if colour not in (_GREY, _PALETTE) or depth not in (1, 2, 4, 8):
        return None
    header = b'IHDR' + data[16:25] + bytes([_GREY]) + data[26:29]
    grey = data[:12] + header + struct.pack('>I', crc32(header)) + _without_colours(data[33:])
    pixels = cv2.imdecode(np.frombuffer(grey, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 2:
        return None
    # Grey of fewer bits is spread over the range of 8.
    return np.asarray(pixels // (255 // ((1 << depth) - 1)), np.uint8)


def _without_colours(chunks: bytes) -> bytes:
    """Leave out what grey must not have: the palette, and the opacity of its colours."""
    kept, offset = [], 0
    while offset + 12 <= len(chunks):
        length, kind = struct.unpack_from('>I4s', chunks, offset)
        end = offset + 12 + length
        if kind not in (b'PLTE', b'tRNS', b'bKGD', b'hIST', b'sBIT'):
            kept.append(chunks[offset:end])
        offset = end
    return b''.join(kept)
