"""What every corruption is made of: an effect on the frames of one video, and its randomness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
import zlib

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

FIRST_FRAME = 1


class Effect(Protocol):
    """A corruption of one severity through one video."""

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """
        Corrupt a frame; the answer depends on the arguments alone, not on earlier calls.

        :param image: RGB, uint8 [H, W, 3], contiguous.
        :param index: Number of the frame in its video.
        :returns: uint8 [H, W, 3].
        """


@dataclass(frozen=True)
class VideoRandom:
    """
    The random streams of one corruption in one video.

    :param seed: Not negative.
    :param corruption: Name of the corruption.
    :param video: Name of the video.
    """

    seed: int
    corruption: str
    video: str

    def of_video(self) -> np.random.Generator:
        """Open the stream for what stays the same through the video."""
        return self._open(0)

    def of_frame(self, index: int) -> np.random.Generator:
        """Open the stream for what is drawn anew in the frame of this number."""
        return self._open(FIRST_FRAME + index)

    def _open(self, part: int) -> np.random.Generator:
        names = (zlib.crc32(name.encode()) for name in (self.corruption, self.video))
        # Several times as fast as the default generator where millions of bits are drawn.
        return np.random.Generator(np.random.SFC64([self.seed, *names, part]))


EffectMaker = Callable[[int, VideoRandom], Effect]


@dataclass(frozen=True)
class Stateless:
    """An effect that depends on nothing but the image."""

    change: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]

    def apply(self, image: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.uint8]:
        """Corrupt a frame; see :class:`Effect`."""
        del index
        return self.change(image)
