"""Encodings whose pixels lie one after the other in a single plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from time2general_ros.messages.cv_bridge import find_bridge
from time2general_ros.messages.picture import Picture, RgbImage, Samples

# From 65535 to 255, as cv_bridge does.
_TO_8_BITS = 255 / 65535


@dataclass(frozen=True)
class Packed:
    """
    Interleaved samples, each of 8 or 16 bits.

    :param channels: Samples per pixel.
    :param convert: Maps native samples [H, W, channels], rows maybe padded, to uint8 [H, W, 3].
    :param sample_bytes: Bytes per sample; ``is_bigendian`` matters only above 1.
    :param group: Pixels of a row that share their chroma; a row always holds whole groups.
    """

    channels: int
    convert: Callable[[Samples], RgbImage]
    sample_bytes: int = 1
    group: int = 1
    least_side: int = 1

    def row_bytes(self, width: int) -> int:
        """Tell how much of ``step`` the pixels of a row take."""
        return self._whole_groups(width) * self.channels * self.sample_bytes

    def stored_rows(self, height: int) -> int:
        """Tell how many rows of ``step`` bytes the message holds."""
        return height

    def to_rgb(self, picture: Picture) -> RgbImage:
        """Convert to uint8 [H, W, 3], contiguous; the result may share the picture's memory."""
        convert = find_bridge().converters.get(picture.encoding, self.convert)
        return np.ascontiguousarray(convert(self.samples(picture))[:, : picture.width])

    def samples(self, picture: Picture) -> Samples:
        """View the rows as native samples [H, whole groups of W, channels]."""
        used = picture.rows[:, : self.row_bytes(picture.width)]
        order = '>' if picture.is_bigendian else '<'
        stored = used.view(f'{order}u{self.sample_bytes}')
        native = stored.astype(stored.dtype.newbyteorder('='), copy=False)
        width = self._whole_groups(picture.width)
        # A buffer may begin, and a padded row may end, in the middle of a sample.
        return np.require(native, requirements='A').reshape(picture.height, width, self.channels)

    def _whole_groups(self, width: int) -> int:
        return -(-width // self.group) * self.group


def colours(code: int, samples: Samples) -> RgbImage:
    """
    Convert 8-bit samples.

    :param code: A ``cv2.COLOR_*2RGB``.
    """
    return np.asarray(cv2.cvtColor(samples, code), np.uint8)


def deep_colours(code: int | None, samples: Samples) -> RgbImage:
    """
    Convert 16-bit samples, of which 65535 becomes 255.

    :param code: A ``cv2.COLOR_*2RGB``; None for samples that are RGB.
    """
    deep = samples if code is None else cv2.cvtColor(samples, code)
    return np.asarray(cv2.convertScaleAbs(deep, alpha=_TO_8_BITS), np.uint8)
