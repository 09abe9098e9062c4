"""Independent definitions of the raw image encodings, in NumPy, one pixel formula at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Golden:
    """
    One encoding.

    :param row_bytes: Least ``step``, by width.
    :param rows: Rows of ``step`` bytes, by height.
    :param rgb: RGB [H, W, 3] before rounding, of the buffer [rows, step] and ``big``, H, W.
    :param slack: Greatest difference per channel that fixed-point arithmetic may make.
    """

    row_bytes: Callable[[int], int]
    rows: Callable[[int], int]
    rgb: Callable[[Bytes, bool, int, int], Values]
    slack: int = 0


def _samples(buffer: Bytes, big: bool, width: int, channels: int, size: int) -> Values:
    """Join the bytes of each sample, one row after the other."""
    used = buffer[:, : width * channels * size].astype(np.float64)
    parts = used.reshape(len(buffer), width, channels, size)
    weights = 256.0 ** np.arange(size)
    return (parts * (weights[::-1] if big else weights)).sum(-1)


def _packed(order: str, size: int = 1) -> Golden:
    """Take the channels named by ``order``, a string such as ``bgra``."""

    def rgb(buffer: Bytes, big: bool, height: int, width: int) -> Values:
        samples = _samples(buffer, big, width, len(order), size)
        chosen = [0, 0, 0] if order == 'y' else [order.index(channel) for channel in 'rgb']
        return samples[..., chosen] / (1 if size == 1 else 257)

    return Golden(lambda width: width * len(order) * size, lambda height: height, rgb)


def _bayer(mosaic: str, size: int = 1) -> Golden:
    """Interpolate bilinearly; the outermost pixels repeat those next to them."""

    def rgb(buffer: Bytes, big: bool, height: int, width: int) -> Values:
        samples = _samples(buffer, big, width, 1, size)[..., 0]
        result = np.zeros((height, width, 3))
        for y in range(1, height - 1):
            for x in range(1, width - 1):
                result[y, x] = _bilinear(samples, mosaic, y, x)
        result[[0, -1]] = result[[1, -2]]
        result[:, [0, -1]] = result[:, [1, -2]]
        return result / (1 if size == 1 else 257)

    return Golden(lambda width: width * size, lambda height: height, rgb)


def _bilinear(samples: Values, mosaic: str, y: int, x: int) -> list[float]:
    """Average, for each colour, the nearest samples of it among the pixel and its neighbours."""
    found: dict[str, dict[int, list[float]]] = {'r': {}, 'g': {}, 'b': {}}
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            colour = mosaic[2 * ((y + dy) % 2) + (x + dx) % 2]
            distance = dy * dy + dx * dx
            found[colour].setdefault(distance, []).append(samples[y + dy, x + dx])
    # Integer averages round halves up.
    return [np.floor(np.mean(f[min(f)]) + 0.5) for f in (found[c] for c in 'rgb')]


def _bt601(luma: Values, u: Values, v: Values) -> Values:
    """ITU-R BT.601, luma 16 to 235, chroma 16 to 240; what is below black is black."""
    y, pb, pr = np.maximum(luma - 16, 0) / 219, (u - 128) / 224, (v - 128) / 224
    red, blue = y + 1.402 * pr, y + 1.772 * pb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return 255 * np.stack([red, green, blue], -1)


def _422(order: str) -> Golden:
    """Read pairs of pixels in an order such as ``uyvy``."""

    def rgb(buffer: Bytes, big: bool, height: int, width: int) -> Values:
        x = np.arange(width)
        lumas = [i for i, sample in enumerate(order) if sample == 'y']
        bases = 4 * (x // 2)
        values = buffer.astype(np.float64)
        luma = values[:, bases + np.array(lumas)[x % 2]]
        return _bt601(
            luma, values[:, bases + order.index('u')], values[:, bases + order.index('v')]
        )

    return Golden(lambda width: 4 * -(-width // 2), lambda height: height, rgb, 1)


def _420(order: str) -> Golden:
    """Read luma, then rows of pairs in the order ``uv`` or ``vu``, one per 2x2 pixels."""

    def rgb(buffer: Bytes, big: bool, height: int, width: int) -> Values:
        y, x = np.mgrid[:height, :width]
        values = buffer.astype(np.float64)
        u, v = (values[height + y // 2, 2 * (x // 2) + order.index(c)] for c in 'uv')
        return _bt601(values[y, x], u, v)

    return Golden(
        lambda width: 2 * -(-width // 2), lambda height: height + -(-height // 2), rgb, 1
    )


def _444() -> Golden:
    """Read luma, then rows of twice the step with a pair per pixel."""

    def rgb(buffer: Bytes, big: bool, height: int, width: int) -> Values:
        y, x = np.mgrid[:height, :width]
        step, flat = buffer.shape[1], buffer.ravel().astype(np.float64)
        chroma = height * step + y * 2 * step + 2 * x
        return _bt601(flat[y * step + x], flat[chroma], flat[chroma + 1])

    return Golden(lambda width: width, lambda height: 3 * height, rgb, 1)


_MOSAICS = ('rggb', 'bggr', 'gbrg', 'grbg')

GOLDEN = {
    **{f'{order}8': _packed(order) for order in ('rgb', 'bgr', 'rgba', 'bgra')},
    **{f'{order}16': _packed(order, 2) for order in ('rgb', 'bgr', 'rgba', 'bgra')},
    'mono8': _packed('y'),
    'mono16': _packed('y', 2),
    **{f'bayer_{mosaic}8': _bayer(mosaic) for mosaic in _MOSAICS},
    **{f'bayer_{mosaic}16': _bayer(mosaic, 2) for mosaic in _MOSAICS},
    'uyvy': _422('uyvy'),
    'yuyv': _422('yuyv'),
    'yuv422': _422('uyvy'),
    'yuv422_yuy2': _422('yuyv'),
    'nv12': _420('uv'),
    'nv21': _420('vu'),
    'nv24': _444(),
    '8UC1': _packed('y'),
    '8UC3': _packed('bgr'),
    '8UC4': _packed('bgra'),
    '16UC1': _packed('y', 2),
}


def stored(name: str, height: int, width: int, padding: int = 0, seed: int = 0) -> Bytes:
    """Make the rows of a random image, uint8 [rows, step]."""
    golden = GOLDEN[name]
    shape = golden.rows(height), golden.row_bytes(width) + padding
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def golden_rgb(name: str, buffer: Bytes, big: bool, height: int, width: int) -> Bytes:
    """Give the pixels of a buffer [rows, step], rounded and clipped to uint8 [H, W, 3]."""
    values = GOLDEN[name].rgb(buffer, big, height, width)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
