"""``results.json`` and ``frames.parquet`` of a run; docs/replay.md is their contract."""

from __future__ import annotations

from contextlib import suppress
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros import __version__
from time2general_ros.evaluation.report import write_json
from time2general_ros.replay.camera import cameras_of
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.health import Health
from time2general_ros.replay.parts import FRAMES, MASKS
from time2general_ros.replay.rows import SCHEMA
from time2general_ros.replay.run_identity import facts_of
from time2general_ros.replay.timing import StageTimes
from time2general_ros.replay.to_bag import prefixes
from time2general_ros.replay.totals import Totals
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from time2general_ros.data.labels import LabelSet
    from time2general_ros.replay.camera import Camera
    from time2general_ros.replay.folder_run import FolderRun
    from time2general_ros.replay.parts import Progress
    from time2general_ros.replay.run_identity import RunIdentity

SCHEMA_VERSION = 1
RESULTS, REPORT = 'results.json', 'report.html'
# Rows that are written at once.
_ROW_GROUP = 4096


def finished_run(out: Path, identity: RunIdentity) -> dict[str, Any] | None:
    """Return the results of a run if they are there already, with all that belongs to them."""
    results = _read(out)
    is_there = all((out / name).is_file() for name in (FRAMES, MASKS))
    is_it = is_there and results is not None and results.get('run_id') == identity.run_id
    return results if is_it and results and results.get('schema') == SCHEMA_VERSION else None


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
        summary = _Summary(self._run)
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


def _join(folders: Sequence[Path], out: Path, summary: _Summary) -> None:
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


class _Summary:
    """The figures of all topics and memory modes of a run."""

    def __init__(self, run: FolderRun) -> None:
        self._run = run
        self._modes = [*run.segmenters]
        labels = run.segmenters[self._modes[0]].labels
        self._cameras = [
            cameras_of(source, prefix, labels)
            for source, prefix in zip(run.sources, prefixes(run.sources), strict=True)
        ]
        self._totals = {
            (camera.source, topic, mode): Totals(camera.scored)
            for cameras in self._cameras
            for topic, camera in cameras.items()
            for mode in self._modes
        }
        self._health = {
            (source.name, topic): Health(has_clock=source.has_clock)
            for source in run.sources
            for topic in source.topics
        }
        self._stages = StageTimes()

    def add(self, row: Mapping[str, Any]) -> None:
        self._totals[row['source'], row['topic'], row['memory']].add(row)
        if row['memory'] == self._modes[0]:
            self._health[row['source'], row['topic']].add(row)
            self._stages.add(row)

    def results(self, progress: Progress) -> dict[str, Any]:
        identity = self._run.identity
        sources = [self._source(number, progress) for number in range(len(self._cameras))]
        partial = [*_partial(sources)]
        return {
            'schema': SCHEMA_VERSION,
            'run_id': identity.run_id,
            'complete': not partial,
            'partial': partial,
            'settings': identity.settings,
            'model': identity.model,
            'scored': _described(self._scored),
            'files': {'frames': FRAMES, 'masks': MASKS},
            'sources': sources,
            'totals': self._all(),
            'timing': self._stages.figures(
                progress.seconds, progress.pieces, self._run.engine_threads
            ),
            'written_by': f'time2general_ros {__version__}',
        }

    @property
    def _scored(self) -> LabelSet | None:
        """The classes of all topics; None if they differ."""
        sets = {
            camera.scored.name: camera.scored
            for cameras in self._cameras
            for camera in cameras.values()
        }
        return next(iter(sets.values())) if len(sets) == 1 else None

    def _all(self) -> dict[str, Any] | None:
        scored = self._scored
        if scored is None:
            return None
        together = Totals(scored)
        for (_, _, mode), totals in self._totals.items():
            if mode == self._modes[0]:
                together.include(totals)
        return {**_counts(together), **together.figures()}

    def _source(self, number: int, progress: Progress) -> dict[str, Any]:
        source = self._run.sources[number]
        return {
            'name': source.name,
            'path': source.path,
            'kind': source.kind,
            'fingerprint': self._run.identity.fingerprints[number],
            'damage': progress.damage[number],
            'first_ns': source.first_ns,
            'note': source.note,
            'topics': [
                self._topic(camera, progress.examples.get(f'{number}|{topic}', {}))
                for topic, camera in self._cameras[number].items()
            ],
        }

    def _topic(self, camera: Camera, examples: Mapping[str, str]) -> dict[str, Any]:
        main, *others = (self._totals[camera.source, camera.topic, mode] for mode in self._modes)
        return {
            'topic': camera.topic,
            'mask_topic': camera.output('mask'),
            **_counts(main),
            'bad_examples': dict(sorted(examples.items())),
            'scored': _described(camera.scored),
            **main.figures(),
            'other_memory': {
                mode: {'resets': dict(sorted(totals.resets.items())), **totals.figures()}
                for mode, totals in zip(self._modes[1:], others, strict=True)
            },
            'health': self._health[camera.source, camera.topic].figures(),
        }


def _counts(totals: Totals) -> dict[str, Any]:
    return {
        'frames_in': totals.frames_in,
        'frames_out': totals.frames_out,
        'bad': dict(sorted(totals.bad.items())),
        'resets': dict(sorted(totals.resets.items())),
    }


def _described(labels: LabelSet | None) -> dict[str, Any] | None:
    if labels is None:
        return None
    colours = labels.colours[: len(labels)].tolist()
    return {'label_set': labels.name, 'classes': [*labels.classes], 'colours': colours}


def _partial(sources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say why results are not those of all that was recorded."""
    for source in sources:
        if source['damage']:
            yield source['damage']
        for topic in source['topics']:
            refused = topic['frames_in'] - topic['frames_out']
            if refused:
                causes = ', '.join(f'{reason} {n}' for reason, n in topic['bad'].items())
                yield (
                    f'{refused} of {topic["frames_in"]} images of {topic["topic"]} in '
                    f'{source["name"]} were refused: {causes}'
                )
