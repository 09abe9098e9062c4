"""Where one stretch of frames ends and the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class Continuity:
    """
    Tells whether a frame belongs with the one before it.

    It does not at the start of a video, after a step back in time, or if its size is another.
    """

    def __init__(self) -> None:
        self._last: tuple[int, int, tuple[int, int]] | None = None

    def breaks(self, video: int, time_ns: int, size: tuple[int, int]) -> bool:
        """
        Take the next frame.

        :param size: Height and width.
        :returns: Whether something new begins; not so for the very first.
        """
        last, self._last = self._last, (video, time_ns, size)
        return last is not None and (video != last[0] or time_ns < last[1] or size != last[2])

    def export(self) -> npt.NDArray[np.int64]:
        """Give what the next answer depends on, for :meth:`restore`."""
        if self._last is None:
            return np.zeros(0, np.int64)
        video, time_ns, size = self._last
        return np.array([video, time_ns, *size], np.int64)

    def restore(self, state: npt.NDArray[np.int64]) -> None:
        """Go on where another stood."""
        self._last = None
        if state.size:
            video, time_ns, height, width = (int(value) for value in state)
            self._last = video, time_ns, (height, width)
