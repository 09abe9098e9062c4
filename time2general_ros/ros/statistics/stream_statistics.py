"""What became of every frame of one camera, and how long the answers took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import Enum
import threading
import time
from typing import TYPE_CHECKING, TypedDict

from time2general_ros.ros.statistics.latency_window import Latency, LatencyWindow, percentiles
from time2general_ros.ros.statistics.sliding_window import SlidingWindow
from time2general_ros.ros.statistics.stamp_gaps import StampGaps

if TYPE_CHECKING:
    from time2general_ros.streaming.frame import Segmentation

_NS_PER_MS = 1e6
_NS_PER_S = 1e9
STAGES = ('preprocess', 'step', 'postprocess', 'publish')


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
    NO_SUBSCRIBER = 'no_subscriber'
    """Nobody subscribed to any answer."""
    DISABLED = 'disabled'
    """The camera was switched off by a service call."""
    ENGINE_BUILDING = 'engine_building'
    """The engine was not ready."""
    INACTIVE = 'inactive'
    """The node was not in its active state."""


FAULTS = (Drop.SUPERSEDED, Drop.STALE, Drop.BAD_MESSAGE, Drop.FAILED)
"""The causes that nobody asked for."""


class StreamState(str, Enum):
    """Whether the frames of a camera are being answered."""

    ACTIVE = 'active'
    NO_SUBSCRIBER = 'no_subscriber'
    DISABLED = 'disabled'
    INACTIVE = 'inactive'


class Snapshot(TypedDict):
    """
    The state of one camera; ``frames_in = frames_out + sum(dropped) + in_flight``.

    Counters, ``fps``, ``latency_ms`` (from receive to publish) and ``stamp_latency_ms`` (from the
    header stamp to publish) are since the start; the rest is of the last seconds or of the last
    frame. ``drop_share`` counts only the causes of :data:`FAULTS`. ``lost_in_transport`` are
    images that the middleware knows to be lost; ``missing_share`` is their share of those that
    were sent in the last seconds, or what gaps in the stamps say if that is more. None is what is
    not known.
    """

    state: str
    frames_in: int
    frames_out: int
    in_flight: int
    dropped: dict[str, int]
    bad_messages: dict[str, int]
    lost_in_transport: int
    resets: dict[str, int]
    fps: float
    latency_ms: Latency | None
    stamp_latency_ms: Latency | None
    silent_s: float
    rate_in_hz: float
    rate_out_hz: float
    recent_drops: dict[str, int]
    drop_share: float
    missing_share: float
    recent_latency_ms: Latency | None
    recent_stamp_latency_ms: Latency | None
    stages_ms: dict[str, Latency | None]
    memory_depth: int
    memory_age_s: float
    flicker: float | None
    dark_share: float


class StreamStatistics:
    """
    The counters of one camera; any thread may count.

    For every message, the owner calls :meth:`received` as it arrives and later exactly one of
    :meth:`published`, :meth:`dropped` and :meth:`bad_message`. Before publishing it calls
    :meth:`answered`, and :meth:`reset` if the segmentation says that memory was cleared.

    :param clock: A monotonic clock, in nanoseconds: that of every time given.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = StreamState.ACTIVE
        self._frames_in = 0
        self._frames_out = 0
        self._dropped = Counter({drop.value: 0 for drop in Drop})
        self._bad_messages: Counter[str] = Counter()
        self._resets: Counter[str] = Counter()
        self._lost_count = 0
        self._latency = LatencyWindow()
        self._stamp_latency = LatencyWindow()
        self._first_out_ns = 0
        self._last_out_ns = 0
        self._last_in_ns = clock()
        self._memory = (0, 0.0)
        self._arrivals = SlidingWindow()
        self._stamps = StampGaps()
        self._losses = SlidingWindow()
        self._faults = {cause: SlidingWindow() for cause in FAULTS}
        self._latencies = SlidingWindow()
        self._stamp_latencies = SlidingWindow()
        self._stages = {stage: SlidingWindow() for stage in STAGES}
        self._flicker = SlidingWindow()
        self._darkness = SlidingWindow()

    def set_state(self, state: StreamState) -> None:
        """Say whether frames are answered; silence is counted from the last change on."""
        with self._lock:
            if state is not self._state:
                self._state = state
                self._last_in_ns = self._clock()

    def received(self, stamp_ns: int | None = None) -> None:
        """Count a message that arrived; its stamp is None if it has none."""
        with self._lock:
            self._frames_in += 1
            self._last_in_ns = self._clock()
            self._arrivals.add(self._last_in_ns)
            if stamp_ns is not None:
                self._stamps.add(self._last_in_ns, stamp_ns)

    def lost(self, count: int) -> None:
        """Count messages that the middleware lost on their way here."""
        with self._lock:
            self._lost_count += count
            self._losses.add(self._clock(), count)

    def dropped(self, cause: Drop) -> None:
        """Count a frame that gets no answer."""
        with self._lock:
            self._drop(cause)

    def bad_message(self, reason: str) -> None:
        """Count a frame dropped because its message held no usable image."""
        with self._lock:
            self._drop(Drop.BAD_MESSAGE)
            self._bad_messages[reason] += 1

    def reset(self, cause: str) -> None:
        """Count a clearing of the camera's memory."""
        with self._lock:
            self._resets[cause] += 1

    def looked(self, is_dark: bool) -> None:
        """Note whether an image that could be decoded is nearly black."""
        with self._lock:
            self._darkness.add(self._clock(), float(is_dark))

    def answered(self, segmentation: Segmentation) -> None:
        """Note the stage times and the memory of an answer that is about to be published."""
        times = segmentation.times
        with self._lock:
            now_ns = self._clock()
            self._memory = (segmentation.memory_depth, segmentation.memory_age_s)
            self._stages['preprocess'].add(now_ns, times.preprocess_ms)
            self._stages['step'].add(now_ns, times.step_ms)
            self._stages['postprocess'].add(now_ns, times.postprocess_ms)

    def published(
        self,
        received_ns: int,
        published_ns: int,
        *,
        publish_ms: float | None = None,
        stamp_latency_ms: float | None = None,
    ) -> None:
        """
        Count an answered frame and its latency.

        :param publish_ms: How long encoding and publishing took.
        :param stamp_latency_ms: Time from the header stamp to now, None under simulated time; see
            :func:`time2general_ros.ros.statistics.stamp_latency.stamp_latency_ms`.
        """
        latency_ms = (published_ns - received_ns) / _NS_PER_MS
        with self._lock:
            self._frames_out += 1
            self._first_out_ns = self._first_out_ns or published_ns
            self._last_out_ns = published_ns
            self._latency.add(latency_ms)
            self._latencies.add(published_ns, latency_ms)
            if publish_ms is not None:
                self._stages['publish'].add(published_ns, publish_ms)
            if stamp_latency_ms is not None:
                self._stamp_latency.add(stamp_latency_ms)
                self._stamp_latencies.add(published_ns, stamp_latency_ms)

    def flickered(self, share: float) -> None:
        """Note a live estimate of flicker, 0 to 1."""
        with self._lock:
            self._flicker.add(self._clock(), share)

    def snapshot(self) -> Snapshot:
        """Return the counters as they stand, ready for JSON."""
        with self._lock:
            now_ns = self._clock()
            latency, stamp_latency = self._latency.samples(), self._stamp_latency.samples()
            seconds = (self._last_out_ns - self._first_out_ns) / _NS_PER_S
            arrivals = len(self._arrivals.values(now_ns))
            drops = {c.value: len(w.values(now_ns)) for c, w in self._faults.items()}
            lost = float(self._losses.values(now_ns).sum())
            known = lost / max(1.0, lost + arrivals)
            flicker = self._flicker.mean(now_ns)
            snapshot = Snapshot(
                state=self._state.value,
                frames_in=self._frames_in,
                frames_out=self._frames_out,
                in_flight=self._frames_in - self._frames_out - self._dropped.total(),
                dropped=dict(self._dropped),
                bad_messages=dict(self._bad_messages),
                lost_in_transport=self._lost_count,
                resets=dict(self._resets),
                fps=round((self._frames_out - 1) / seconds, 3) if seconds > 0 else 0.0,
                latency_ms=None,
                stamp_latency_ms=None,
                silent_s=round((now_ns - self._last_in_ns) / _NS_PER_S, 3),
                rate_in_hz=round(self._arrivals.rate_hz(now_ns), 3),
                rate_out_hz=round(self._latencies.rate_hz(now_ns), 3),
                recent_drops=drops,
                drop_share=round(min(1.0, sum(drops.values()) / max(1, arrivals)), 4),
                missing_share=round(max(known, self._stamps.missing_share(now_ns)), 4),
                recent_latency_ms=percentiles(self._latencies.values(now_ns)),
                recent_stamp_latency_ms=percentiles(self._stamp_latencies.values(now_ns)),
                stages_ms={k: percentiles(v.values(now_ns)) for k, v in self._stages.items()},
                memory_depth=self._memory[0],
                memory_age_s=round(self._memory[1], 3),
                flicker=None if flicker is None else round(flicker, 5),
                dark_share=round(self._darkness.mean(now_ns) or 0.0, 4),
            )
        # The long windows are summarised outside, so that nobody waits for it.
        snapshot['latency_ms'] = percentiles(latency)
        snapshot['stamp_latency_ms'] = percentiles(stamp_latency)
        return snapshot

    def _drop(self, cause: Drop) -> None:
        self._dropped[cause.value] += 1
        if cause in FAULTS:
            self._faults[cause].add(self._clock())
