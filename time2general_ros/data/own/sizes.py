"""The sizes of pictures, from their first bytes."""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PNG = b'\x89PNG\r\n\x1a\n'
_JPEG = b'\xff\xd8'
# Frame headers of a JPEG: all of 0xC0 to 0xCF but tables and codes.
_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def stored_size(path: Path) -> tuple[int, int] | None:
    """
    Return width and height of a JPEG or PNG as stored, without decoding it.

    :returns: None if the file is neither, or is damaged: who reads it will say so.
    """
    try:
        with path.open('rb') as file:
            start = file.read(24)
            if start.startswith(_PNG) and len(start) == 24:
                width, height = struct.unpack('>II', start[16:])
                return width, height
            return _jpeg_size(file) if start.startswith(_JPEG) else None
    except OSError:
        return None


def _jpeg_size(file: IO[bytes]) -> tuple[int, int] | None:
    """Walk the segments up to the frame header (ITU-T T.81, annex B)."""
    file.seek(2)
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        marker, length = head[1], int.from_bytes(head[2:], 'big')
        if marker in _FRAME:
            facts = file.read(5)
            if len(facts) < 5:
                return None
            height, width = struct.unpack('>HH', facts[1:])
            return width, height
        file.seek(max(length - 2, 0), 1)
    return None
