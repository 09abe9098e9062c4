"""
The size and completeness of JPEG and PNG data, told without decoding it.

OpenCV may fill in the missing part of a cut-off image with grey, and it allocates whatever the
headers claim, so both are settled before it sees the data.
"""

from __future__ import annotations

from collections.abc import Callable
import struct

_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_SOS, _EOI = 0xDA, b'\xff\xd9'


def read_size(data: bytes) -> tuple[int, int] | None:
    """
    Read the width and height of a complete JPEG or PNG.

    :returns: Width and height in pixels; None if the data is neither, or is cut off.
    """
    for magic, reader in _READERS.items():
        if data.startswith(magic):
            return reader(data)
    return None


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Walk the chunks up to the last one (ISO/IEC 15948, 5.3)."""
    size = None
    offset = 8
    while offset + 12 <= len(data):
        length, kind = struct.unpack_from('>I4s', data, offset)
        if offset + 12 + length > len(data):
            return None
        if kind == b'IHDR' and length == 13:
            width, height = struct.unpack_from('>II', data, offset + 8)
            size = width, height
        if kind == b'IEND':
            return size
        offset += 12 + length
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the segments up to the scan (ITU-T T.81, annex B)."""
    size = None
    offset = 2
    while offset + 4 <= len(data) and data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker == 0xFF or marker in _BARE_MARKERS:
            offset += 1 if marker == 0xFF else 2
            continue
        if marker == _SOS:
            return size if data.rfind(_EOI) > offset else None
        if marker in _SOF_MARKERS and offset + 9 <= len(data):
            height, width = struct.unpack_from('>HH', data, offset + 5)
            size = width, height
        offset += 2 + int.from_bytes(data[offset + 2 : offset + 4], 'big')
    return None


_READERS: dict[bytes, Callable[[bytes], tuple[int, int] | None]] = {
    b'\x89PNG\r\n\x1a\n': _png_size,
    b'\xff\xd8': _jpeg_size,
}
