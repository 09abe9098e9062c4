"""The results of a fleet, read to be compared: one run over all of its recordings."""

from __future__ import annotations

from dataclasses import replace
import hashlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]

from time2general_ros.replay.comparison.run import Run, read_run, with_recordings
from time2general_ros.replay.comparison.shape import FLEET_SHAPE, flaw, read_version
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.fleet.job import Status
from time2general_ros.replay.fleet.summary import FLEET, SCHEMA_VERSION
from time2general_ros.unique import unique

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = 'give the command of the fleet again'
# What must be the same in all recordings, that their figures may be pooled.
_COMMON = {
    'model': ('model', 'checksums'),
    'engine': ('model', 'engine'),
    'classes': ('scored',),
    'memory': ('settings', 'memory'),
    'flow': ('settings', 'flow_method'),
}


def is_fleet(folder: Path) -> bool:
    """Tell whether a folder holds a fleet that has come to its end once."""
    return (folder / FLEET).is_file()


def read_fleet(text: str, folder: Path, mode: str) -> Run:
    """
    Read the results of a fleet.

    :param text: As the user named it.
    :param mode: The memory mode; empty for the main one.
    :raises ReplayError: if they are damaged, or not of one model and one set of classes.
    """
    fleet = _read(folder / FLEET)
    # The worst come first in the file, which differ from fleet to fleet.
    rows = sorted(fleet['recordings'], key=lambda row: str(row['name']))
    done = [row for row in rows if row['status'] != Status.FAILED.value]
    if not done:
        raise ReplayError(f'no recording of {folder} has results; see its index.html')
    runs = [read_run(text, folder / row['folder'], mode) for row in done]
    for what, way in _COMMON.items():
        values = [_at(run.results, way) for run in runs]
        for row, value in zip(done, values, strict=True):
            if value != values[0]:
                raise ReplayError(
                    f'recordings of {folder} differ in their {what}: {done[0]["name"]} and '
                    f'{row["name"]}; give the command of the fleet again, or compare them one by '
                    'one'
                )
    sources: list[dict[str, Any]] = []
    folders: dict[str, Path] = {}
    tables = []
    names = unique([source['name'] for run in runs for source in run.results['sources']])
    left = iter(names)
    for row, run in zip(done, runs, strict=True):
        own = {source['name']: next(left) for source in run.results['sources']}
        sources += [
            {**source, 'name': own[source['name']], 'tags': row.get('tags') or []}
            for source in run.results['sources']
        ]
        folders |= dict.fromkeys(own.values(), run.folder)
        tables.append(_renamed(run.frames, own))
    failed = [f'{row["source"]} failed' for row in rows if row['status'] == Status.FAILED.value]
    partial = [line for run in runs for line in run.results.get('partial') or ()]
    ids = ' '.join(run.results['run_id'] for run in runs)
    results = {
        **runs[0].results,
        'run_id': hashlib.sha256(ids.encode()).hexdigest()[:16],
        'sources': sources,
        'partial': [*failed, *partial],
        'complete': not failed and all(run.results.get('complete', True) for run in runs),
    }
    frames = with_recordings(pa.concat_tables(tables), results, folder)
    return replace(runs[0], folder=folder, results=results, frames=frames, folders=folders)


def _read(file: Path) -> dict[str, Any]:
    fleet = read_version(file, SCHEMA_VERSION, _AGAIN)
    damage = flaw(fleet, FLEET_SHAPE)
    if damage:
        raise ReplayError(f'{file} cannot be read: {damage}; {_AGAIN}')
    return fleet


def _at(results: Any, way: tuple[str, ...]) -> Any:
    for key in way:
        results = results.get(key)
    return results


def _renamed(frames: pa.Table, names: dict[str, str]) -> pa.Table:
    """Give the sources of rows their names in the fleet; texts in place of dictionaries."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in frames.schema
    ]
    frames = frames.cast(pa.schema(fields))
    place = frames.column_names.index('source')
    column = [names[name] for name in frames['source'].to_pylist()]
    return frames.set_column(place, 'source', pa.array(column, pa.string()))
