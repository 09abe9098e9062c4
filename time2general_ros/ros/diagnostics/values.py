"""Counters and figures as the keys and values of a diagnostic status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.ros.engine.engine_state import EngineState
    from time2general_ros.ros.statistics.latency_window import Latency
    from time2general_ros.ros.statistics.stream_statistics import Snapshot

UNKNOWN = 'unknown'


def engine_values(engine: EngineState) -> dict[str, str]:
    """Describe the engine."""
    return {
        'state': engine.state,
        'engine': engine.name or UNKNOWN,
        'device': engine.device or UNKNOWN,
        'precision': engine.precision or UNKNOWN,
        'device_memory_mb': _text(engine.memory_mb and round(engine.memory_mb, 1)),
    }


def camera_values(snapshot: Snapshot) -> dict[str, str]:
    """Describe a camera; the keys are listed in ``docs/diagnostics.md``."""
    return {
        'state': snapshot['state'],
        'rate_in_hz': _text(snapshot['rate_in_hz']),
        'rate_out_hz': _text(snapshot['rate_out_hz']),
        'silent_s': _text(snapshot['silent_s']),
        'frames_in': _text(snapshot['frames_in']),
        'frames_out': _text(snapshot['frames_out']),
        'in_flight': _text(snapshot['in_flight']),
        'drop_share': _text(snapshot['drop_share']),
        'missing_share': _text(snapshot['missing_share']),
        'lost_in_transport': _text(snapshot['lost_in_transport']),
        **_counts('dropped', snapshot['dropped']),
        **_counts('bad_messages', snapshot['bad_messages']),
        **_counts('resets', snapshot['resets']),
        **_percentiles('latency_from_stamp_ms', snapshot['recent_stamp_latency_ms']),
        **_percentiles('latency_from_receive_ms', snapshot['recent_latency_ms']),
        **_stages(snapshot['stages_ms']),
        'memory_depth': _text(snapshot['memory_depth']),
        'memory_age_s': _text(snapshot['memory_age_s']),
        'flicker': _text(snapshot['flicker']),
        'dark_share': _text(snapshot['dark_share']),
    }


def class_values(labels: LabelSet) -> dict[str, str]:
    """Name the classes of a camera's masks, in the order of their ids."""
    return {'label_set': labels.name, 'classes': ', '.join(labels.classes)}


def _counts(name: str, counts: Mapping[str, int]) -> dict[str, str]:
    return {f'{name}.{cause}': _text(count) for cause, count in counts.items()}


def _stages(stages: Mapping[str, Latency | None]) -> dict[str, str]:
    return {
        key: value
        for stage, times in stages.items()
        for key, value in _percentiles(f'{stage}_ms', times, ('p50', 'p99')).items()
    }


def _percentiles(
    name: str,
    times: Latency | None,
    which: tuple[Literal['p50', 'p95', 'p99', 'max'], ...] = ('p50', 'p95', 'p99', 'max'),
) -> dict[str, str]:
    return {f'{name}.{key}': _text(times and times[key]) for key in which}


def _text(value: float | None) -> str:
    return UNKNOWN if value is None else str(value)
