"""What ``results.json`` holds, summed over the rows of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros import __version__
from time2general_ros.replay.camera import cameras_of
from time2general_ros.replay.errors import WHERE_IMAGES_ARE
from time2general_ros.replay.figures.health import Health
from time2general_ros.replay.figures.stage_times import StageTimes
from time2general_ros.replay.figures.totals import Totals
from time2general_ros.replay.runs.parts import FRAMES, MASKS
from time2general_ros.replay.sources.prefixes import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.camera import Camera
    from time2general_ros.replay.runs.folder_run import FolderRun
    from time2general_ros.replay.runs.parts import Progress

SCHEMA_VERSION = 1


class Summary:
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
            (camera.source, topic, mode): Totals(camera.compared.labels)
            for cameras in self._cameras
            for topic, camera in cameras.items()
            for mode in self._modes
        }
        self._health = {
            (source.name, topic): Health(
                has_clock=source.has_clock, every=run.identity.settings.get('every', 1)
            )
            for source in run.sources
            for topic in source.topics
        }
        self._stages = StageTimes()

    def add(self, row: Mapping[str, Any]) -> None:
        """Take the next row, see :mod:`~.figures.rows`."""
        self._totals[row['source'], row['topic'], row['memory']].add(row)
        if row['memory'] == self._modes[0]:
            self._health[row['source'], row['topic']].add(row)
            self._stages.add(row)

    def results(self, progress: Progress) -> dict[str, Any]:
        """Give the results, as in docs/replay.md."""
        identity = self._run.identity
        sources = [self._source(number, progress) for number in range(len(self._cameras))]
        partial = [*_partial(sources), *unmeasured(sources, with_labels=expects_labels(self._run))]
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
                progress.seconds,
                progress.pieces,
                self._run.engine_threads,
                None if 'live' in identity.settings else self._run.batch,
            ),
            **({'live': self._run.live} if self._run.live else {}),
            'written_by': f'time2general_ros {__version__}',
        }

    @property
    def _scored(self) -> LabelSet | None:
        """The classes of all topics; None if they differ."""
        sets = [camera.compared.labels for cameras in self._cameras for camera in cameras.values()]
        return sets[0] if all(labels == sets[0] for labels in sets) else None

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
            'mask_topic': camera.output('mask') + self._run.outputs.ending,
            **_counts(main),
            'bad_examples': dict(sorted(examples.items())),
            'scored': _described(camera.compared.labels),
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


def expects_labels(run: FolderRun) -> bool:
    """Tell whether ground truth was named, beside what comes with sources."""
    return bool(run.identity.settings.get('labels'))


def unmeasured(sources: Sequence[Mapping[str, Any]], *, with_labels: bool) -> Iterator[str]:
    """
    Say what has no figures though it was asked for, one topic after the other.

    :param sources: As in ``results.json``.
    :param with_labels: Whether figures against ground truth were.
    """
    for source in sources:
        for topic in source['topics']:
            where = f'{topic["topic"]} in {source["name"]}'
            if not topic['frames_in']:
                yield f'there is no image of {where} to look at: {WHERE_IMAGES_ARE}'
            elif not topic['frames_out']:
                example = next(iter(topic['bad_examples'].values()), '')
                yield f'no image of {where} can be used; the first: {example}'
            elif with_labels and not topic['frames']:
                yield (
                    f'no labels belong to the images of {where}, or all of them are void: the '
                    'stamps of both must agree; give others with --labels'
                )
