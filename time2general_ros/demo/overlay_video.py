"""An H.264 video that browsers play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from time2general_ros.whole import whole


@contextmanager
def video_file(
    path: Path, rate_hz: float, size: tuple[int, int]
) -> Iterator[Callable[[npt.NDArray[np.uint8]], None]]:
    """
    Write an MP4 file, whole or not at all.

    :param rate_hz: Frames per second.
    :param size: Height and width in pixels, both even.
    :returns: Appends one frame, RGB uint8 [H, W, 3].
    """
    with whole(path) as place, av.open(place, 'w') as container:
        rate = Fraction(rate_hz).limit_denominator(1000)
        stream = container.add_stream('libx264', rate=rate)
        stream.height, stream.width = size
        stream.pix_fmt = 'yuv420p'
        stream.options = {'preset': 'veryfast', 'crf': '23', 'movflags': '+faststart'}
        yield lambda image: container.mux(
            stream.encode(av.VideoFrame.from_ndarray(image, 'rgb24'))
        )
        container.mux(stream.encode(None))
