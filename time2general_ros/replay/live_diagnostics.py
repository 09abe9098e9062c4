"""What a node said of itself on ``/diagnostics`` while its masks were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.messages.stamps import stamp_ns
from time2general_ros.replay.diagnostics import TOPIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from time2general_ros.bags.reader import BagReader

    Values = Mapping[str, str]

_LATENCY = 'latency_from_receive_ms'
_SHARES = ('p50', 'p95', 'p99', 'max')
_COUNTS = ('frames_in', 'frames_out', 'lost_in_transport')
_GROUPS = ('dropped', 'bad_messages', 'resets')
_ENGINE = ('engine', 'precision', 'device')


def live_figures(reader: BagReader) -> dict[str, Any] | None:
    """
    Collect counts and latencies.

    :param reader: Of the recording.
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
            series.append({'time_ns': time_ns, **latency, **more})
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
            yield stamp_ns(item.message.header), values


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
