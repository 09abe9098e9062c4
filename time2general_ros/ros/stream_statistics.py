"""What became of every frame of one camera, and how long the answers took."""

from __future__ import annotations

from collections import Counter
from enum import Enum
import threading
from typing import TypedDict

import numpy as np

_NS_PER_MS = 1e6
_NS_PER_S = 1e9


class Drop(str, Enum):
    """Why a received frame got no answer."""

    SUPERSEDED = 'superseded'
    """A newer frame of the same camera arrived before this one was looked at."""
    STALE = 'stale'
    """Its stamp was older than ``stale_after_s``."""
    BAD_MESSAGE = 'bad_message'
    """The message held no usable image."""
    FAILED = 'failed'
    """Segmenting or publishing it raised an error."""
    SHUTDOWN = 'shutdown'
    """It was still waiting when the node stopped."""


class Latency(TypedDict):
    """Percentiles of the time from receive to publish, in milliseconds."""

    p50: float
    p95: float
    p99: float
    max: float


class Snapshot(TypedDict):
    """The counters of one camera; ``frames_in = frames_out + sum(dropped) + in flight``."""

    frames_in: int
    frames_out: int
    dropped: dict[str, int]
    bad_messages: dict[str, int]
    resets: dict[str, int]
    fps: float
    latency_ms: Latency | None


class LatencyWindow:
    """
    The exact latencies of the most recent frames, in memory of a fixed size.

    :param capacity: Number of frames; the default is 36 minutes at 30 Hz in 256 kB.
    """

    def __init__(self, capacity: int = 65536) -> None:
        self._samples = np.empty(capacity, np.float32)
        self._count = 0

    def add(self, milliseconds: float) -> None:
        """Remember one latency, in place of the oldest once the window is full."""
        self._samples[self._count % len(self._samples)] = milliseconds
        self._count += 1

    def percentiles(self) -> Latency | None:
        """Return the percentiles over the window; None before the first frame."""
        if not self._count:
            return None
        samples = self._samples[: self._count]
        p50, p95, p99 = (round(float(p), 3) for p in np.percentile(samples, (50, 95, 99)))
        return Latency(p50=p50, p95=p95, p99=p99, max=round(float(samples.max()), 3))


class StreamStatistics:
    """Counters of one camera; any thread may count. Times are of a monotonic clock, in ns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames_in = 0
        self._frames_out = 0
        self._dropped = Counter({drop.value: 0 for drop in Drop})
        self._bad_messages: Counter[str] = Counter()
        self._resets: Counter[str] = Counter()
        self._latency = LatencyWindow()
        self._first_out_ns = 0
        self._last_out_ns = 0

    def received(self) -> None:
        """Count a message that arrived."""
        with self._lock:
            self._frames_in += 1

    def dropped(self, cause: Drop) -> None:
        """Count a frame that gets no answer."""
        with self._lock:
            self._dropped[cause.value] += 1

    def bad_message(self, reason: str) -> None:
        """Count a frame dropped because its message held no usable image."""
        with self._lock:
            self._dropped[Drop.BAD_MESSAGE.value] += 1
            self._bad_messages[reason] += 1

    def reset(self, cause: str) -> None:
        """Count a clearing of the camera's memory."""
        with self._lock:
            self._resets[cause] += 1

    def published(self, received_ns: int, published_ns: int) -> None:
        """Count an answered frame and its latency."""
        with self._lock:
            self._frames_out += 1
            self._latency.add((published_ns - received_ns) / _NS_PER_MS)
            self._first_out_ns = self._first_out_ns or published_ns
            self._last_out_ns = published_ns

    def snapshot(self) -> Snapshot:
        """Return the counters as they stand, ready for JSON."""
        with self._lock:
            seconds = (self._last_out_ns - self._first_out_ns) / _NS_PER_S
            return Snapshot(
                frames_in=self._frames_in,
                frames_out=self._frames_out,
                dropped=dict(self._dropped),
                bad_messages=dict(self._bad_messages),
                resets=dict(self._resets),
                fps=round((self._frames_out - 1) / seconds, 3) if seconds > 0 else 0.0,
                latency_ms=self._latency.percentiles(),
            )
