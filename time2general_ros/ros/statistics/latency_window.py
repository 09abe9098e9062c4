"""Percentiles of many latencies in memory of a fixed size."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt


class Latency(TypedDict):
    """Percentiles of some times, in milliseconds."""

    p50: float
    p95: float
    p99: float
    max: float


def percentiles(milliseconds: npt.NDArray[np.floating]) -> Latency | None:
    """Summarise times [n], rounded to microseconds; None if there are none."""
    if not milliseconds.size:
        return None
    p50, p95, p99 = (round(float(p), 3) for p in np.percentile(milliseconds, (50, 95, 99)))
    return Latency(p50=p50, p95=p95, p99=p99, max=round(float(milliseconds.max()), 3))


class LatencyWindow:
    """
    The exact latencies of the most recent frames.

    :param capacity: Number of frames; the default is 36 minutes at 30 Hz in 256 kB.
    """

    def __init__(self, capacity: int = 65536) -> None:
        self._samples = np.empty(capacity, np.float32)
        self._count = 0

    def add(self, milliseconds: float) -> None:
        """Remember one latency, in place of the oldest once the window is full."""
        self._samples[self._count % len(self._samples)] = milliseconds
        self._count += 1

    def samples(self) -> npt.NDArray[np.float32]:
        """Return a copy of the latencies, float32 [n], in no order."""
        return self._samples[: self._count].copy()

    def percentiles(self) -> Latency | None:
        """Return the percentiles over the window; None before the first frame."""
        return percentiles(self.samples())
