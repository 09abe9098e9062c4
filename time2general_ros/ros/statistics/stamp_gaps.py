"""What is missing between the images that arrive, by their stamps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.ros.statistics.sliding_window import SlidingWindow

if TYPE_CHECKING:
    import numpy.typing as npt

# With fewer intervals any times look like multiples of some period.
LEAST_INTERVALS = 8
# One long interval is a camera that paused.
LEAST_GAPS = 3
# Longest deviation from a multiple, in periods: what stamps jitter by.
JITTER = 0.15
_MOST_INTERVALS = 300
# Where no two images in a row arrive, the shortest interval is several periods.
_PARTS = range(1, 11)
_LEAST_LENGTHS = 4


class StampGaps:
    """
    Find the period of a steady camera in the stamps of the images that arrived.

    Where all intervals are multiples of one period, those above one are gaps. Stamps of a camera
    without a period say nothing. Only stamps are compared with each other, so that neither the
    speed of a replay nor a clock that is off matters.
    """

    def __init__(self) -> None:
        self._stamps = SlidingWindow()

    def add(self, now_ns: int, stamp_ns: int) -> None:
        """Take the stamp of an image that arrived at a time of a monotonic clock."""
        self._stamps.add(now_ns, float(stamp_ns))

    def missing_share(self, now_ns: int) -> float:
        """Return the share of the images of the last seconds that did not arrive, 0 to below 1."""
        intervals = np.diff(self._stamps.values(now_ns))
        backward = np.flatnonzero(intervals < 0)
        intervals = intervals[backward[-1] + 1 :] if backward.size else intervals
        intervals = np.sort(intervals[intervals > 0][-_MOST_INTERVALS:])
        if len(intervals) < LEAST_INTERVALS:
            return 0.0
        for parts in _PARTS:
            multiples = _multiples(intervals, intervals[0] / parts)
            if multiples is not None:
                break
        else:
            return 0.0
        is_shown = parts == 1 or len(np.unique(multiples)) >= _LEAST_LENGTHS
        if not is_shown or np.count_nonzero(multiples > 1) < LEAST_GAPS:
            return 0.0
        return float(1.0 - len(multiples) / multiples.sum())


def _multiples(
    intervals: npt.NDArray[np.float64], period: float
) -> npt.NDArray[np.float64] | None:
    """
    Express intervals in periods.

    :param intervals: Shortest first: each says more exactly how long the period is.
    :param period: A first guess.
    :returns: Whole numbers, float64 [n]; None if they are no multiples.
    """
    multiples = np.empty_like(intervals)
    for index, interval in enumerate(intervals):
        multiples[index] = max(1.0, np.rint(interval / period))
        if abs(interval / period - multiples[index]) > JITTER:
            return None
        period = intervals[: index + 1].sum() / multiples[: index + 1].sum()
    return multiples
