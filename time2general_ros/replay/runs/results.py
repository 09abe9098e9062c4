"""``results.json`` and ``frames.parquet`` of a run; docs/replay.md is their contract."""

from __future__ import annotations

from contextlib import suppress
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.bags.reader import BagReader
from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.report import write_json
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.figures.rows import SCHEMA
from time2general_ros.replay.outputs.mask_reader import mask_name, packed_name
from time2general_ros.replay.runs.intervals import intervals_of
from time2general_ros.replay.runs.parts import FRAMES, MASKS
from time2general_ros.replay.runs.run_identity import facts_of
from time2general_ros.replay.runs.summary import (
    SCHEMA_VERSION,
    Summary,
    expects_labels,
    unmeasured,
)
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from time2general_ros.replay.runs.folder_run import FolderRun
    from time2general_ros.replay.runs.parts import Progress
    from time2general_ros.replay.runs.run_identity import RunIdentity

RESULTS, REPORT = 'results.json', 'report.html'
# What a finished run has.
FILES = (RESULTS, REPORT, FRAMES, MASKS)
# Rows that are written at once.
_ROW_GROUP = 4096


def finished_run(out: Path, identity: RunIdentity) -> dict[str, Any] | None:
    """Return the results of a run if they are there already, with all that belongs to them."""
    results = _read(out)
    is_it = (
        results is not None
        and results.get('run_id') == identity.run_id
        and results.get('schema') == SCHEMA_VERSION
    )
    return results if is_it and results and _is_whole(out, results) else None


def _is_whole(out: Path, results: Mapping[str, Any]) -> bool:
    """Tell whether frames and masks are as many as the results say, by their indices."""
    try:
        modes = results['settings']['memory']
        topics = [topic for source in results['sources'] for topic in source['topics']]
        rows = len(modes) * sum(topic['frames_in'] for topic in topics)
        if pq.read_metadata(out / FRAMES).num_rows != rows:
            return False
        with BagReader(out / MASKS) as reader:
            return reader.damage is None and all(
                _masks_in(reader, topic) == topic['frames_out'] for topic in topics
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Time2GeneralError):
        # Errors of pyarrow are ValueError or OSError.
        return False


def _masks_in(reader: BagReader, topic: Mapping[str, Any]) -> int:
    held = reader.topics.get(packed_name(reader, mask_name(topic)))
    return held.count if held else 0


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
    for name in FILES:
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
            named; there is no file then. One topic that has some is enough.
        :raises OSError: if the disk is full or fails.
        """
        summary = Summary(self._run)
        with whole(self._run.out / FRAMES) as place:
            _join(self._folders, place, summary)
            self._results = summary.results(self._progress)
            _check(self._run, self._results)
            _add_intervals(place, self._results)

    def write_results(self) -> dict[str, Any]:
        """
        Write ``results.json``, after everything else.

        :raises ReportError: if it cannot be written.
        """
        write_json(self._run.out / RESULTS, self._results)
        return self._results


def _check(run: FolderRun, results: Mapping[str, Any]) -> None:
    """Insist on something that was measured: no frames are no flicker of 0."""
    topics = [topic for source in results['sources'] for topic in source['topics']]
    has_labels = any(topic['frames'] for topic in topics)
    if any(topic['frames_out'] for topic in topics) and (has_labels or not expects_labels(run)):
        return
    raise ReplayError(next(unmeasured(results['sources'], with_labels=expects_labels(run))))


def _add_intervals(frames: Path, results: Mapping[str, Any]) -> None:
    by_topic, together = intervals_of(frames, results)
    for source in results['sources']:
        for topic in source['topics']:
            topic['intervals'] = by_topic[source['name'], topic['topic']]
    if results['totals'] is not None:
        results['totals']['intervals'] = together


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
