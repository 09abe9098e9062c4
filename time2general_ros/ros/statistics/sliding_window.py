"""What happened within the last seconds."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

WINDOW_S = 5.0
_NS_PER_S = 1_000_000_000
# A window holds a second at 1 kHz per second of its length; a faster stream is measured shorter.
_CAPACITY = 5000


class SlidingWindow:
    """
    Values with the times they came at, forgotten after some seconds.

    :param seconds: Length of the window.
    """

    def __init__(self, seconds: float = WINDOW_S) -> None:
        self._length_ns = round(seconds * _NS_PER_S)
        self._samples: deque[tuple[int, float]] = deque(maxlen=_CAPACITY)

    def add(self, now_ns: int, value: float = 1.0) -> None:
        """Take a value; times are of a monotonic clock."""
        self._samples.append((now_ns, value))
        self._forget(now_ns)

    def values(self, now_ns: int) -> npt.NDArray[np.float64]:
        """Return the values of the window, float64 [n], oldest first."""
        oldest_ns = now_ns - self._length_ns
        return np.array([value for time_ns, value in self._samples if time_ns >= oldest_ns])

    def mean(self, now_ns: int) -> float | None:
        """Return the mean over the window; None if nothing came."""
        values = self.values(now_ns)
        return float(values.mean()) if values.size else None

    def rate_hz(self, now_ns: int) -> float:
        """
        Return how often values come.

        It is exact for a steady stream, however slow, and sinks once the next value is overdue.
        """
        self._forget(now_ns)
        if len(self._samples) < 2:
            return 0.0
        span_ns = self._samples[-1][0] - self._samples[0][0]
        intervals = len(self._samples) - 1
        overdue_ns = max(0.0, now_ns - self._samples[-1][0] - span_ns / intervals)
        return intervals * _NS_PER_S / max(span_ns + overdue_ns, 1.0)

    def _forget(self, now_ns: int) -> None:
        oldest_ns = now_ns - self._length_ns
        # Two are kept: a rate needs an interval, and that of a slow stream outlasts the window.
        while len(self._samples) > 2 and self._samples[0][0] < oldest_ns:
            self._samples.popleft()
