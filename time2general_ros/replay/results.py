"""``results.json`` and ``frames.parquet`` of a run; docs/replay.md is their contract."""

from __future__ import annotations

from contextlib import suppress
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.evaluation.report import write_json
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.parts import FRAMES, MASKS
from time2general_ros.replay.rows import SCHEMA
from time2general_ros.replay.run_identity import facts_of
from time2general_ros.replay.summary import SCHEMA_VERSION, Summary
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from time2general_ros.replay.folder_run import FolderRun
    from time2general_ros.replay.parts import Progress
    from time2general_ros.replay.run_identity import RunIdentity

RESULTS, REPORT = 'results.json', 'report.html'
# Rows that are written at once.
_ROW_GROUP = 4096


def finished_run(out: Path, identity: RunIdentity) -> dict[str, Any] | None:
    """Return the results of a run if they are there already, with all that belongs to them."""
    results = _read(out)
    is_there = all((out / name).is_file() for name in (FRAMES, MASKS))
    is_it = is_there and results is not None and results.get('run_id') == identity.run_id
    return results if is_it and results and results.get('schema') == SCHEMA_VERSION else None


def holds_results(out: Path) -> bool:
    """Tell whether a folder holds results of a replay, of whatever schema."""
    results = _read(out)
    return results is not None and {'schema', 'run_id'} <= results.keys()


def identity_of_results(out: Path) -> dict[str, Any] | None:
    """Tell what the results in a folder depend on; None if there are none that can be read."""
    results = _read(out)
    if results is None:
        return None
    try:
        sources = [
            (source['name'], [topic['topic'] for topic in source['topics']], source['fingerprint'])
            for source in results['sources']
        ]
        return facts_of(results['settings'], results['model'], sources)
    except (KeyError, TypeError, AttributeError):
        return {}


def remove_results(out: Path) -> None:
    """Remove the results of an earlier run: nobody shall take them for those of this one."""
    for name in (RESULTS, REPORT, FRAMES, MASKS):
        (out / name).unlink(missing_ok=True)


def _read(out: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        results = json.loads((out / RESULTS).read_text('utf-8'))
        return results if isinstance(results, dict) else None
    return None


class Summing:
    """
    The figures of a run whose parts are all there.

    :param folders: Of the parts, in order.
    """

    def __init__(self, run: FolderRun, folders: Sequence[Path], progress: Progress) -> None:
        self._run = run
        self._folders = folders
        self._progress = progress
        self._results: dict[str, Any] = {}

    def write_frames(self) -> None:
        """
        Join the rows of all parts and sum them up.

        :raises ReplayError: if no image was segmented, or no labels were found though some were
            named; there is no file then.
        :raises OSError: if the disk is full or fails.
        """
        summary = Summary(self._run)
        with whole(self._run.out / FRAMES) as place:
            _join(self._folders, place, summary)
            self._results = summary.results(self._progress)
            _check(self._run, self._results)

    def write_results(self) -> dict[str, Any]:
        """
        Write ``results.json``, after everything else.

        :raises ReportError: if it cannot be written.
        """
        write_json(self._run.out / RESULTS, self._results)
        return self._results


def _check(run: FolderRun, results: Mapping[str, Any]) -> None:
    """Insist on something that was measured: no frames are no flicker of 0."""
    for source in results['sources']:
        for topic in source['topics']:
            where = f'{topic["topic"]} in {source["path"]}'
            if topic['frames_in'] and not topic['frames_out']:
                example = next(iter(topic['bad_examples'].values()), '')
                raise ReplayError(f'no image of {where} can be used; the first: {example}')
            if run.identity.settings.get('labels') and not topic['frames']:
                raise ReplayError(
                    f'no labels belong to the images of {where}, or all of them are void: the '
                    'stamps of both must agree; give others with --labels'
                )


def _join(folders: Sequence[Path], out: Path, summary: Summary) -> None:
    waiting: list[pa.Table] = []
    with pq.ParquetWriter(out, SCHEMA, compression='zstd') as writer:
        for folder in folders:
            part = pq.read_table(folder / FRAMES, schema=SCHEMA)
            for row in part.to_pylist():
                summary.add(row)
            waiting.append(part)
            if sum(len(one) for one in waiting) >= _ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting).unify_dictionaries())
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting).unify_dictionaries())
