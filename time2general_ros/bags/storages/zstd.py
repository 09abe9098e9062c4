"""Decompressing zstd: whole files, chunks and messages, damaged ones as far as possible."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO

import zstandard

MAGIC = b'\x28\xb5\x2f\xfd'
# Small, so that little is lost where an error lies.
_STEP = 1 << 14


class ZstdError(Exception):
    """The data is cut off or damaged; what comes before is given first."""


def unzstd(stream: IO[bytes]) -> Iterator[bytes]:
    """
    Decompress one frame after another.

    :raises ZstdError: after the last good part, if the data is cut off or damaged.
    """
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 31)
    frame = decompressor.decompressobj()
    started = False
    while data := stream.read(_STEP):
        while data:
            try:
                part = frame.decompress(data)
            except (zstandard.ZstdError, MemoryError) as error:
                raise ZstdError(f'damaged zstd data: {error}') from error
            started = True
            if part:
                yield part
            data = b''
            if frame.eof:
                data, started = frame.unused_data, False
                frame = decompressor.decompressobj()
    if started:
        raise ZstdError('zstd data that is cut off')


def unzstd_bytes(data: bytes) -> bytes:
    """
    Decompress a message.

    :raises ZstdError: if it is damaged.
    """
    return b''.join(unzstd(BytesIO(data)))
