"""``fleet.json`` and ``recordings.parquet`` of a fleet; docs/fleet.md is their contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros import __version__
from time2general_ros.evaluation.report import write_json
from time2general_ros.machine import machine_line
from time2general_ros.replay.evidence.sums import Sums, shapes_of
from time2general_ros.replay.fleet.job import Status
from time2general_ros.replay.fleet.ledger import RECORDINGS
from time2general_ros.replay.fleet.outliers import FEWEST, LIMIT, groups, outliers
from time2general_ros.replay.fleet.worker import FIGURES
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from time2general_ros.replay.fleet.job import PoolOptions
    from time2general_ros.replay.fleet.ledger import Record

SCHEMA_VERSION = 1
FLEET, TABLE = 'fleet.json', 'recordings.parquet'
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ('name', 'source', 'status', 'reason', 'folder')),
        ('tags', pa.list_(pa.string())),
        *((name, pa.int64()) for name in ('size_bytes', 'frames_in', 'frames_out')),
        *((name, pa.float64()) for name in ('video_s', 'seconds', *FIGURES)),
        ('host', pa.string()),
        ('workers_lost', pa.int32()),
        (
            'outliers',
            pa.list_(
                pa.struct([('figure', pa.string()), ('tag', pa.string()), ('score', pa.float64())])
            ),
        ),
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
    by_name = {record.name: record for record in records}
    rows = sorted(map(_row, records), key=_badness, reverse=True)
    for row, found in zip(rows, outliers(rows), strict=True):
        row['outliers'] = found
    with whole(out / TABLE) as place:
        pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), place)
    counts = _counts(rows)
    frames, work_s = (sum(row[name] for row in rows) for name in ('frames_in', 'seconds'))
    video_s = sum(row['video_s'] for row in rows)
    fleet = {
        'schema': SCHEMA_VERSION,
        'complete': counts['done'] == len(rows),
        'counts': counts,
        'totals': _totals(records),
        'tags': {
            tag: {
                'counts': _counts([rows[place] for place in places]),
                'totals': _totals([by_name[rows[place]['name']] for place in places]),
            }
            for tag, places in groups(rows).items()
            if tag is not None
        },
        'recordings': rows,
        'outlier_rule': {'limit': LIMIT, 'fewest': FEWEST},
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


def _counts(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    statuses = [row['status'] for row in rows]
    return {status.value: statuses.count(status.value) for status in Status}


def _row(record: Record) -> dict[str, Any]:
    outcome = record.outcome
    assert outcome
    has_results = outcome.status is not Status.FAILED
    return {
        'name': record.name,
        'source': record.listed.shown,
        'status': outcome.status.value,
        'reason': outcome.reason,
        'folder': f'{RECORDINGS}/{record.name}' if has_results else None,
        'tags': [*record.listed.tags],
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
