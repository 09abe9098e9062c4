"""The sizes of pictures as they are shown, from their first bytes where these tell."""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

from time2general_ros.data.label_maps import read_image
from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from pathlib import Path

    Size = tuple[int, int]

_START = 32
_PNG = b'\x89PNG\r\n\x1a\n'
_JPEG = b'\xff\xd8'
# Frame headers of a JPEG: all of 0xC0 to 0xCF but tables and codes.
_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP1, _EXIF = 0xE1, b'Exif\0\0'
_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
# From this orientation on columns are shown as rows.
_TURNED = range(5, 9)
_WEBP_EXIF = 8


def shown_size(path: Path) -> Size | None:
    """
    Return width and height of a picture as it is shown, without decoding it if that can be told.

    A JPEG with an EXIF orientation is read like one without. Of other kinds it depends on OpenCV
    whether they are turned: with an orientation they are decoded.

    :returns: None if the file is damaged: who reads it will say so.
    """
    try:
        with path.open('rb') as file:
            found = _told(file)
        if found is None:
            height, width, _ = read_image(path).shape
            found = width, height
    except (OSError, DataError):
        return None
    return found


def _told(file: IO[bytes]) -> Size | None:
    start = file.read(_START)
    if len(start) < _START:
        return None
    try:
        if start.startswith(_PNG):
            return _png_size(file)
        if start.startswith(_JPEG):
            return _jpeg_size(file)
        if start.startswith(b'BM'):
            return _bmp_size(start)
        if start.startswith(b'RIFF') and start[8:12] == b'WEBP':
            return _webp_size(start)
        if start[:4] in (b'II*\0', b'MM\0*'):
            tags = _tags(file, 0)
            return None if _ORIENTATION in tags else (tags[_WIDTH], tags[_HEIGHT])
    except (struct.error, KeyError):
        pass
    return None


def _png_size(file: IO[bytes]) -> Size | None:
    """Walk the chunks (ISO/IEC 15948): an orientation may come last."""
    file.seek(16)
    width, height = struct.unpack('>II', file.read(8))
    file.seek(33)
    while len(head := file.read(8)) == 8 and head[4:] != b'eXIf':
        if head[4:] == b'IEND':
            return width, height
        file.seek(int.from_bytes(head[:4], 'big') + 4, 1)
    return None


def _jpeg_size(file: IO[bytes]) -> Size | None:
    """Walk the segments up to the frame header (ITU-T T.81, annex B)."""
    file.seek(2)
    turned = None
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        marker, after = head[1], file.tell() + max(int.from_bytes(head[2:], 'big') - 2, 0)
        if marker in _FRAME:
            height, width = struct.unpack('>HH', file.read(5)[1:])
            return (height, width) if turned else (width, height)
        # Of several the first counts.
        if marker == _APP1 and turned is None and file.read(len(_EXIF)) == _EXIF:
            turned = _tags(file, file.tell()).get(_ORIENTATION, 1) in _TURNED
        file.seek(after)
    return None


def _bmp_size(start: bytes) -> Size:
    if start[14] == 12:
        width, height = struct.unpack_from('<HH', start, 18)
    else:
        width, height = struct.unpack_from('<ii', start, 18)
    # Rows from the top on have a height below 0.
    return width, abs(height)


def _webp_size(start: bytes) -> Size | None:
    """Read the first chunk of a file: RFC 9649, or RFC 6386 of what is lossy."""
    kind = start[12:16]
    if kind == b'VP8X' and not start[20] & _WEBP_EXIF:
        width, height = (int.from_bytes(start[at : at + 3], 'little') + 1 for at in (24, 27))
        return width, height
    if kind == b'VP8L':
        bits = int.from_bytes(start[21:25], 'little')
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b'VP8 ':
        width, height = struct.unpack_from('<HH', start, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tags(file: IO[bytes], start: int) -> dict[int, int]:
    """Read the numbers in the first directory of a TIFF that begins at a place of a file."""
    file.seek(start)
    head = file.read(8)
    order = '<' if head.startswith(b'II') else '>'
    file.seek(start + struct.unpack(f'{order}4xI', head)[0])
    (count,) = struct.unpack(f'{order}H', file.read(2))
    # Each has a tag, a type, how many values, and the first of them or where they are.
    forms = {3: f'{order}H6xH', 4: f'{order}H6xI'}
    tags = {}
    for _ in range(count):
        entry = file.read(12)
        (kind,) = struct.unpack_from(f'{order}H', entry, 2)
        if kind in forms:
            tag, value = struct.unpack_from(forms[kind], entry)
            tags[tag] = value
    return tags
