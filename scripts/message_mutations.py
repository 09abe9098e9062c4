"""Damaged image messages, as hypothesis strategies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import cv2
from hypothesis import strategies as st
import numpy as np

from time2general_ros.messages.encodings import ENCODINGS

UINT32 = (1 << 32) - 1
STRANGE_ENCODINGS = (
    '',
    'RGB8',
    'rgb',
    '32FC1',
    '64FC1',
    'bayer_rggb12',
    'h264',
    'é\x00',
    'x' * 999,
)
FORMATS = (
    'jpeg',
    'png',
    '',
    'rgb8; jpeg compressed bgr8',
    'bgr8; png compressed',
    'bayer_rggb8; png compressed ',
    'bayer_gbrg16; jpeg compressed ',
    'mono16; png compressed ',
    '16UC1; compressedDepth png',
    ';;;',
)


@dataclass(frozen=True)
class Header:
    """The fields of ``std_msgs/Header``."""

    sec: int = 1
    nanosec: int = 0
    frame_id: str = 'camera'


@dataclass(frozen=True)
class RawMutant:
    """The fields of a ``sensor_msgs/Image`` that may contradict each other."""

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: bytes
    header: Header = field(default_factory=Header)


@dataclass(frozen=True)
class CompressedMutant:
    """The fields of a ``sensor_msgs/CompressedImage`` that may be damaged."""

    format: str
    data: bytes
    header: Header = field(default_factory=Header)


def headers() -> st.SearchStrategy[Header]:
    """Make headers, about half of them with a time that is none."""
    return st.builds(
        Header,
        sec=st.integers(0, 100) | st.integers(-(1 << 31), (1 << 31) - 1),
        nanosec=st.integers(0, 10**9 - 1) | st.integers(0, UINT32),
        frame_id=st.sampled_from(['camera', '', 'é', 'f' * 300]),
    )


# Rows and columns of valid images that libraries have met seldom: panoramas, lines, single pixels,
# and both sides of the sizes at which they change their way.
ODD_SIZES = (
    *((1, 1), (1, 640), (640, 1), (2, 333), (333, 2), (3, 500), (7, 11), (12, 160), (15, 300)),
    *((16, 320), (24, 100), (30, 160), (31, 161), (32, 160), (60, 320), (48, 960), (320, 60)),
    *((97, 301), (270, 1920), (160, 30)),
)


def odd_images() -> list[RawMutant]:
    """Make two valid grey images of each odd size, one after the other, that differ a little."""
    images = []
    for height, width in ODD_SIZES:
        pixels = np.frombuffer(_noise(height * width, 0), np.uint8)
        for shown in (pixels, pixels // 2 + 64):
            data = shown.astype(np.uint8).tobytes()
            images.append(RawMutant(height, width, 'mono8', 0, width, data))
    return images


@st.composite
def raw_mutants(draw: Any) -> RawMutant:
    """Make a valid raw image, then change up to three of its fields."""
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 24))
    layout = ENCODINGS[encoding]
    step = layout.row_bytes(width) + draw(st.sampled_from([0, 0, 1, 3, 16]))
    data = _noise(step * layout.stored_rows(height), draw(st.integers(0, 255)))
    mutant = RawMutant(height, width, encoding, draw(st.sampled_from([0, 0, 1])), step, data)
    changes = draw(st.lists(st.sampled_from(sorted(_RAW_CHANGES)), max_size=3, unique=True))
    for name in changes:
        mutant = replace(mutant, **{name: draw(_RAW_CHANGES[name](mutant))})
    return mutant


@st.composite
def compressed_mutants(draw: Any) -> CompressedMutant:
    """Make a valid JPEG or PNG, then cut, flip, repeat or overwrite parts of it."""
    extension, depth, option = draw(st.sampled_from(_FILES))
    shape = draw(st.sampled_from([(1, 1), (8, 8), (24, 32), (48, 64)]))
    channels = draw(st.sampled_from([1, 3]))
    data = bytearray(_file(extension, depth, option, (*shape, channels)))
    for edit in draw(st.lists(st.sampled_from(_EDITS), max_size=4)):
        data = edit(draw, data)
    form = draw(st.sampled_from(FORMATS) | st.text(max_size=20).map(_printable))
    header = draw(st.just(Header()) | headers())
    return CompressedMutant(form, bytes(data), header)


def _sizes(value: int) -> st.SearchStrategy[int]:
    near = st.integers(max(0, value - 3), value + 3)
    return near | st.sampled_from([0, 1, 16384, 65535, UINT32]) | st.integers(0, UINT32)


def _lengths(mutant: RawMutant) -> st.SearchStrategy[bytes]:
    size = len(mutant.data)
    kept = st.integers(0, size) | st.sampled_from([0, max(0, size - 1)])
    return st.one_of(
        kept.map(lambda length: mutant.data[:length]), st.just(mutant.data + b'\xff' * 7)
    )


_RAW_CHANGES: dict[str, Any] = {
    'height': lambda mutant: _sizes(mutant.height),
    'width': lambda mutant: _sizes(mutant.width),
    'step': lambda mutant: _sizes(mutant.step),
    'encoding': lambda mutant: st.sampled_from([*sorted(ENCODINGS), *STRANGE_ENCODINGS]),
    'is_bigendian': lambda mutant: st.integers(0, 255),
    'data': _lengths,
    'header': lambda mutant: headers(),
}

# Extension, sample type, and whether it is progressive (JPEG) or uncompressed (PNG).
_FILES = [
    ('.jpg', 'u1', False),
    ('.jpg', 'u1', True),
    ('.png', 'u1', False),
    ('.png', 'u2', True),
]


@cache
def _file(extension: str, depth: str, option: bool, shape: tuple[int, int, int]) -> bytes:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(depth).max, shape, depth)
    options = {
        '.jpg': [cv2.IMWRITE_JPEG_PROGRESSIVE, int(option), cv2.IMWRITE_JPEG_RST_INTERVAL, 2],
        '.png': [cv2.IMWRITE_PNG_COMPRESSION, 0 if option else 6],
    }
    return cv2.imencode(extension, pixels, options[extension])[1].tobytes()


def _cut(draw: Any, data: bytearray) -> bytearray:
    return data[: draw(st.integers(0, len(data)))]


def _cut_but_the_end(draw: Any, data: bytearray) -> bytearray:
    start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 300))
    return data[:start] + data[max(start, min(start + length, len(data) - 12)) :]


def _flip_bits(draw: Any, data: bytearray) -> bytearray:
    for place in draw(st.lists(st.integers(0, max(0, 8 * len(data) - 1)), max_size=8)):
        if data:
            data[place // 8] ^= 1 << place % 8
    return data


def _overwrite(draw: Any, data: bytearray) -> bytearray:
    start = draw(st.integers(0, len(data)) | st.integers(0, min(64, len(data))))
    filling: bytes = draw(st.binary(max_size=16) | st.sampled_from([b'\xff' * 8, bytes(8)]))
    return data[:start] + filling + data[start + len(filling) :]


def _repeat(draw: Any, data: bytearray) -> bytearray:
    start, length = draw(st.integers(0, len(data))), draw(st.integers(1, 64))
    times: int = draw(st.integers(2, 300))
    return data[:start] + data[start : start + length] * times + data[start:]


def _claim_size(draw: Any, data: bytearray) -> bytearray:
    """Overwrite the width and height of the header, wherever it is."""
    side = st.sampled_from([0, 1, 7, 4096, 16384, 65535])
    for marker, offset, size in ((b'IHDR', 4, 4), (b'\xff\xc0', 5, 2), (b'\xff\xc2', 5, 2)):
        found = data.find(marker)
        if found >= 0:
            claim: bytes = draw(side).to_bytes(size, 'big') + draw(side).to_bytes(size, 'big')
            start = found + offset
            return data[:start] + claim + data[start + len(claim) :]
    return data


def _append(draw: Any, data: bytearray) -> bytearray:
    tail: bytes = draw(st.sampled_from([bytes(64), b'\xff\xd9', b'IEND', b'\xff\xd8\xff']))
    return data + tail


_EDITS = [_cut, _cut_but_the_end, _flip_bits, _overwrite, _repeat, _claim_size, _append]


def _noise(size: int, seed: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8).tobytes()


def _printable(text: str) -> str:
    """Drop what a ROS string cannot hold."""
    return text.encode('utf-8', 'ignore').replace(b'\x00', b'').decode('utf-8')
