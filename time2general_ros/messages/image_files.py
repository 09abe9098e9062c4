"""
The size and completeness of JPEG and PNG data, told without decoding it.

OpenCV may fill in the missing part of a cut-off image with grey, and it allocates whatever the
headers claim, so both are settled before it sees the data.
"""

from __future__ import annotations

from collections.abc import Callable
import struct
from typing import NamedTuple

_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_SOS, _SCAN, _EOI = 0xDA, b'\xff\xda', b'\xff\xd9'
# A progressive JPEG usually has 10 scans, and each costs a pass over the whole image.
_MAX_SCANS = 100
# Each block of 8x8 pixels takes a bit at least (ITU-T T.81, F.1.2).
_JPEG_PIXELS_PER_BYTE = 512
# What deflate reaches on data that never changes.
_PNG_BYTES_PER_BYTE = 1032
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class FileFacts(NamedTuple):
    """
    What a header says.

    :param size: Width and height in pixels.
    :param least_bytes: No file of that size is shorter.
    """

    size: tuple[int, int]
    least_bytes: int


def read_facts(data: bytes) -> FileFacts | None:
    """
    Read the header of a JPEG or PNG and find its end.

    :returns: None if the data is neither, or is cut off.
    """
    for magic, reader in _READERS.items():
        if data.startswith(magic):
            return reader(data)
    return None


def _png_facts(data: bytes) -> FileFacts | None:
    """Walk the chunks from the header to the last one (ISO/IEC 15948, 5.3)."""
    if data[8:16] != b'\x00\x00\x00\x0dIHDR':
        return None
    offset = 8
    while offset + 12 <= len(data):
        length, kind = struct.unpack_from('>I4s', data, offset)
        if offset + 12 + length > len(data):
            return None
        if kind == b'IEND':
            return _png_header(data)
        offset += 12 + length
    return None


def _png_header(data: bytes) -> FileFacts:
    width, height, depth, colour = struct.unpack_from('>IIBB', data, 16)
    row_bytes = 1 + width * depth * _PNG_CHANNELS.get(colour, 1) // 8
    return FileFacts((width, height), height * row_bytes // _PNG_BYTES_PER_BYTE)


def _jpeg_facts(data: bytes) -> FileFacts | None:
    """Walk the segments up to the scan (ITU-T T.81, annex B)."""
    facts = None
    offset = 2
    while offset + 4 <= len(data) and data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker == 0xFF or marker in _BARE_MARKERS:
            offset += 1 if marker == 0xFF else 2
            continue
        if marker == _SOS:
            whole = data.rfind(_EOI) > offset and data.count(_SCAN, offset) <= _MAX_SCANS
            return facts if whole else None
        if marker in _SOF_MARKERS and offset + 9 <= len(data):
            if facts is not None:
                return None
            height, width = struct.unpack_from('>HH', data, offset + 5)
            facts = FileFacts((width, height), width * height // _JPEG_PIXELS_PER_BYTE)
        offset += 2 + int.from_bytes(data[offset + 2 : offset + 4], 'big')
    return None


_READERS: dict[bytes, Callable[[bytes], FileFacts | None]] = {
    b'\x89PNG\r\n\x1a\n': _png_facts,
    b'\xff\xd8': _jpeg_facts,
}
