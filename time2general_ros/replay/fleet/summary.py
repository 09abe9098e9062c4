"""``fleet.json`` and ``recordings.parquet`` of a fleet; docs/fleet.md is their contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros import __version__
from time2general_ros.evaluation.report import write_json
from time2general_ros.machine import machine_line
from time2general_ros.replay.comparison.sums import Sums, shapes_of
from time2general_ros.replay.fleet.job import Status
from time2general_ros.replay.fleet.ledger import RECORDINGS
from time2general_ros.replay.fleet.worker import FIGURES
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from time2general_ros.replay.fleet.cluster import PoolOptions
    from time2general_ros.replay.fleet.ledger import Record

SCHEMA_VERSION = 1
FLEET, TABLE = 'fleet.json', 'recordings.parquet'
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ('name', 'source', 'status', 'reason', 'folder')),
        *((name, pa.int64()) for name in ('size_bytes', 'frames_in', 'frames_out')),
        *((name, pa.float64()) for name in ('video_s', 'seconds', *FIGURES)),
        ('host', pa.string()),
        ('workers_lost', pa.int32()),
    ],
    metadata={b'time2general.schema': str(SCHEMA_VERSION)},
)


def write_summary(
    out: Path, records: Sequence[Record], pool: PoolOptions, seconds: float, worked_on: int
) -> dict[str, Any]:
    """
    Write what became of the recordings, the worst first.

    :param seconds: That this run took for ``worked_on`` of them.
    :returns: What ``fleet.json`` holds.
    :raises ReportError: if it cannot be written.
    """
    rows = sorted(map(_row, records), key=_badness, reverse=True)
    with whole(out / TABLE) as place:
        pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), place)
    counts = {status.value: 0 for status in Status}
    for row in rows:
        counts[row['status']] += 1
    frames, work_s = (sum(row[name] for row in rows) for name in ('frames_in', 'seconds'))
    video_s = sum(row['video_s'] for row in rows)
    fleet = {
        'schema': SCHEMA_VERSION,
        'complete': counts['done'] == len(rows),
        'counts': counts,
        'totals': _totals(records),
        'recordings': rows,
        'timing': {
            'seconds': round(seconds, 3),
            'recordings': worked_on,
            'workers': pool.workers,
            'engine_threads': pool.threads,
            'machine': machine_line(),
            'worker_s': round(work_s, 3),
            'worker_s_per_video_hour': round(3600 * work_s / video_s, 1) if video_s else None,
            'frames_per_worker_s': round(frames / work_s, 3) if work_s else None,
        },
        'written_by': f'time2general_ros {__version__}',
    }
    write_json(out / FLEET, fleet)
    return fleet


def _row(record: Record) -> dict[str, Any]:
    outcome = record.outcome
    assert outcome
    has_results = outcome.status is not Status.FAILED
    return {
        'name': record.name,
        'source': record.listed.source,
        'status': outcome.status.value,
        'reason': outcome.reason,
        'folder': f'{RECORDINGS}/{record.name}' if has_results else None,
        'size_bytes': record.listed.size_bytes,
        'frames_in': outcome.frames_in,
        'frames_out': outcome.frames_out,
        'video_s': round(outcome.video_s, 3),
        'seconds': round(outcome.seconds, 3),
        **{name: outcome.figures.get(name) for name in FIGURES},
        'host': outcome.host,
        'workers_lost': record.attempts,
    }


def _badness(row: dict[str, Any]) -> tuple[bool, float]:
    """Order by flicker, along the flow where there is any; what failed comes before all."""
    flicker = row['flow_flicker'] if row['flow_flicker'] is not None else row['flicker']
    return row['status'] == 'failed', -1.0 if flicker is None else flicker


def _totals(records: Sequence[Record]) -> dict[str, float | None] | None:
    """Pool the frames of all recordings; None if they are scored in different classes."""
    outcomes = [record.outcome for record in records if record.outcome and record.outcome.sums]
    sets = {tuple(outcome.classes) for outcome in outcomes}
    if len(sets) != 1:
        return None
    (classes,) = sets
    values = np.array([outcome.sums for outcome in outcomes])
    sums = Sums(values, shapes_of(len(classes)))
    figures = sums.figures(np.ones((1, len(outcomes))), classes)
    return {
        name: None if np.isnan(values[0]) else round(float(values[0]), 4)
        for name, values in figures.items()
    }
