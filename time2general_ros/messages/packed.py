"""Encodings whose pixels lie one after the other in a single plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from time2general_ros.messages.cv_bridge import find_bridge
from time2general_ros.messages.picture import Picture, RgbImage, Samples


@dataclass(frozen=True)
class Packed:
    """
    Interleaved samples, each of 8 or 16 bits.

    :param channels: Samples per pixel.
    :param colours: Maps native samples [H, W, channels], rows maybe padded, to RGB [H, W, 3] of
        the same type.
    :param sample_bytes: Bytes per sample; ``is_bigendian`` matters only above 1.
    :param group: Pixels of a row that share their chroma; a row always holds whole groups.
    """

    channels: int
    colours: Callable[[Samples], Samples]
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
        samples, bits = self.samples(picture), picture.sample_bits
        bridged = find_bridge().converters.get(picture.encoding)
        # A bridge takes all bits of a sample for used.
        is_whole = self.sample_bytes == 1 or bits == 16
        image = bridged(samples) if bridged and is_whole else self.convert(samples, bits)
        return np.ascontiguousarray(image[:, : picture.width])

    def convert(self, samples: Samples, bits: int = 16) -> RgbImage:
        """
        Convert native samples [H, W, channels], rows maybe padded, to uint8 [H, W, 3].

        :param bits: In use of a 16-bit sample; the greatest number of so many bits becomes 255.
        """
        image = self.colours(samples)
        if self.sample_bytes == 1:
            return np.asarray(image, np.uint8)
        return np.asarray(cv2.convertScaleAbs(image, alpha=255 / ((1 << bits) - 1)), np.uint8)

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


def convert_colours(code: int, samples: Samples) -> Samples:
    """
    Convert samples to RGB of the same type.

    :param code: A ``cv2.COLOR_*2RGB``.
    """
    return np.asarray(cv2.cvtColor(samples, code))
