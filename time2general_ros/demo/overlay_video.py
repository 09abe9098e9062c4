"""An H.264 video that browsers play."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from time2general_ros.scoped import Scoped


class VideoFile(Scoped):
    """
    An MP4 file open for writing; a context manager.

    :param rate_hz: Frames per second.
    :param size: Height and width in pixels, both even.
    """

    def __init__(self, path: Path, rate_hz: float, size: tuple[int, int]) -> None:
        self._container = av.open(path, 'w')
        rate = Fraction(rate_hz).limit_denominator(1000)
        self._stream = self._container.add_stream('libx264', rate=rate)
        self._stream.height, self._stream.width = size
        self._stream.pix_fmt = 'yuv420p'
        self._stream.options = {'preset': 'veryfast', 'crf': '23', 'movflags': '+faststart'}

    def leave(self, *, failed: bool) -> None:
        """Complete the file."""
        if not failed:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def write(self, image: npt.NDArray[np.uint8]) -> None:
        """
        Append one frame.

        :param image: RGB, uint8 [H, W, 3].
        """
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(image, 'rgb24')))
