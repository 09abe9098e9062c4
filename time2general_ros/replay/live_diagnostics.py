"""What a node said of itself on ``/diagnostics`` while its masks were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.replay.outputs.diagnostics import TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from time2general_ros.bags.reader import BagReader

    Values = Mapping[str, str]

_LATENCY = 'latency_from_receive_ms'
_SHARES = ('p50', 'p95', 'p99', 'max')
_LOST = 'lost_in_transport'
_COUNTS = ('frames_in', 'frames_out', _LOST)
_GROUPS = ('dropped', 'bad_messages', 'resets')
_ENGINE = ('engine', 'precision', 'device')


class MaskClock:
    """
    Tells at which image a recorder was, by the masks that it recorded then.

    Where an old drive is played without its clock, a node tells the time of today, and its masks
    have the stamps of that day.

    :param log_times_ns: When masks were recorded, in any order; stamps_ns: of their images.
    """

    def __init__(self, log_times_ns: Sequence[int], stamps_ns: Sequence[int]) -> None:
        log_times, stamps = np.array([log_times_ns, stamps_ns], np.int64)
        order = np.argsort(log_times, kind='stable')
        self._log_times, self._lags = log_times[order], (log_times - stamps)[order]

    def stamp_ns(self, log_time_ns: int) -> int:
        """Turn the log time of a message into the time of the images, in ns."""
        if not len(self._lags):
            return log_time_ns
        place = int(np.searchsorted(self._log_times, log_time_ns, side='right')) - 1
        return log_time_ns - int(self._lags[max(place, 0)])


def live_figures(reader: BagReader, clock: MaskClock) -> dict[str, Any] | None:
    """
    Collect counts and latencies.

    :param reader: Of the recording.
    :param clock: Of the masks in it.
    :returns: As ``live`` in docs/replay.md; None if the node's diagnostics were not recorded.
    """
    if TOPIC not in reader.topics:
        return None
    engine: Values = {}
    last: Values = {}
    series: list[dict[str, Any]] = []
    for time_ns, values in _statuses(reader):
        if 'engine' in values:
            engine = values
        elif 'frames_in' in values and _LATENCY + '.p50' in values:
            last = values
            latency = {share: _number(values.get(f'{_LATENCY}.{share}')) for share in _SHARES}
            more = {key: _number(values.get(key)) for key in ('drop_share', 'rate_out_hz')}
            lost = {**_group(values, 'dropped'), _LOST: _count(values.get(_LOST))}
            counts = {'lost': {cause: count for cause, count in lost.items() if count}}
            series.append({'time_ns': clock.stamp_ns(time_ns), **latency, **more, **counts})
    if not series:
        return None
    return {
        **{key: engine.get(key, 'unknown') for key in _ENGINE},
        **{key: _count(last.get(key)) for key in _COUNTS},
        **{group: _group(last, group) for group in _GROUPS},
        'latency_ms': series,
    }


def _statuses(reader: BagReader) -> Iterator[tuple[int, Values]]:
    for item in reader.messages(TOPIC):
        for status in item.message.status:
            values = {pair.key: pair.value for pair in status.values}
            yield item.log_time_ns, values


def _group(values: Values, name: str) -> dict[str, int]:
    """Collect the counts that are not zero."""
    counts = {
        key.removeprefix(f'{name}.'): _count(value)
        for key, value in sorted(values.items())
        if key.startswith(f'{name}.')
    }
    return {cause: count for cause, count in counts.items() if count}


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        # What the node does not know yet.
        return None


def _count(text: str | None) -> int:
    return int(_number(text) or 0)
