"""The images of one source on their way to the parts of a run."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
import time
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.bags.writer import BagWriter
from time2general_ros.evaluation.correspondence import ImageFlow, SharedFlow
from time2general_ros.read_ahead import read_ahead
from time2general_ros.replay.camera import cameras_of
from time2general_ros.replay.figures.camera_figures import CameraFigures, picture_row
from time2general_ros.replay.figures.rows import table
from time2general_ros.replay.outputs.camera_outputs import CameraOutputs
from time2general_ros.replay.outputs.to_bag import DEPTH, write_copy
from time2general_ros.replay.runs.parts import FRAMES, MASKS, Parts, Progress, write_progress
from time2general_ros.replay.segmenting import Answered, Group, Segmenting, grouped
from time2general_ros.replay.sources.prefixes import prefixes
from time2general_ros.replay.sources.source import Copied, Picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from time2general_ros.replay.runs.folder_run import FolderRun
    from time2general_ros.replay.segmenting import State

# Images of a part: what a killed process has to do again.
PART = 64


class SourceRun:
    """
    The images of one source on their way to parts.

    :param progress: How far the run is; the source is the one that it names.
    """

    def __init__(self, run: FolderRun, parts: Parts, progress: Progress) -> None:
        self._run = run
        self._parts = parts
        self._progress = progress
        self._source = run.sources[progress.source]
        self._prefix = prefixes(run.sources)[progress.source]
        self._expected = sum(source.total for source in run.sources)
        modes = [*run.segmenters]
        labels = run.segmenters[modes[0]].labels
        self._cameras = cameras_of(self._source, self._prefix, labels)
        self._segmenting = Segmenting(
            run.segmenters, self._cameras, has_clock=self._source.has_clock
        )
        self._outputs = {
            topic: CameraOutputs(camera, modes, run.outputs)
            for topic, camera in self._cameras.items()
        }
        # One mode alone asks for each flow once.
        estimator = SharedFlow if len(modes) > 1 else ImageFlow
        flows = {topic: estimator() if run.with_flow else None for topic in self._cameras}
        self._figures = {
            (topic, mode): CameraFigures(camera, flows[topic])
            for topic, camera in self._cameras.items()
            for mode in modes
        }

    def read(self, items: Iterator[Picture | Copied], states: Mapping[str, State]) -> Progress:
        """
        Take all that is left of the source.

        :param items: What is left.
        :param states: To go on from; empty at its beginning.
        :returns: How far the run is then.
        """
        if states:
            self._restore(states)
        began, before_s = time.monotonic(), self._progress.seconds
        admitted = read_ahead(map(self._run.admit, items), DEPTH)
        measured = self._measured(read_ahead(self._segmented(admitted), DEPTH))
        with closing(read_ahead(measured, DEPTH)) as groups:
            while self._write_part(groups, before_s - began):
                pass
        return self._progress

    def _write_part(self, groups: Iterator[Group], since_s: float) -> bool:
        """
        Write the next part.

        :param since_s: Added to the monotonic clock, this gives the time of the run.
        :returns: Whether there are more.
        """
        with self._parts.next() as folder:
            last = self._write(groups, folder)
            goes_on = last is not None and last.ends_part
            seconds = time.monotonic() + since_s
            self._progress = replace(self._progress, seconds=seconds)
            if not goes_on:
                self._progress = replace(
                    self._progress,
                    source=self._progress.source + 1,
                    pictures=0,
                    damage=(*self._progress.damage, self._source.damage),
                )
            write_progress(folder, self._progress, last.states if last and goes_on else {})
        return goes_on

    def _segmented(self, items: Iterator[Picture | Copied]) -> Iterator[Group]:
        for members, ends_part in grouped(items, self._run.batch, PART):
            answered = self._segmenting.answer(members)
            states = self._segmenting.export() if ends_part else {}
            yield Group(answered, ends_part, states)

    def _measured(self, groups: Iterator[Group]) -> Iterator[Group]:
        for group in groups:
            for answered in group.items:
                if isinstance(answered.item, Picture):
                    answered.rows = self._rows(answered, answered.item)
            if group.ends_part:
                for (topic, mode), figures in self._figures.items():
                    group.states[f'{topic}|{mode}|figures'] = figures.export()
            yield group

    def _rows(self, answered: Answered, picture: Picture) -> list[dict[str, Any]]:
        shared = picture_row(picture, answered.number, answered.time_ns, self._source.first_ns)
        shared['source'] = self._source.name
        if answered.time_ns is None:
            return [{**shared, 'memory': mode} for mode in self._run.segmenters]
        return [
            {
                **shared,
                'memory': mode,
                **self._figures[picture.topic, mode].measure(picture, answer, answered.time_ns),
            }
            for mode, answer in answered.answers.items()
        ]

    def _write(self, groups: Iterator[Group], folder: Path) -> Group | None:
        """Write one part; return the last group of it, None if there was none."""
        rows: list[dict[str, Any]] = []
        group = None
        with BagWriter(folder / MASKS, atomic=False) as writer:
            self._declare(writer)
            for group in groups:
                for answered in group.items:
                    rows += self._write_item(answered, writer)
                if group.ends_part:
                    for topic, outputs in self._outputs.items():
                        group.states[f'{topic}|outputs'] = outputs.export()
                    break
        pq.write_table(table(rows), folder / FRAMES)
        return group

    def _write_item(self, answered: Answered, writer: BagWriter) -> list[dict[str, Any]]:
        picture = answered.item
        if isinstance(picture, Copied):
            write_copy(picture, self._prefix, writer)
            return []
        began = time.perf_counter()
        self._outputs[picture.topic].write(answered, picture, writer)
        answered.rows[0]['encode_ms'] = 1e3 * (time.perf_counter() - began)
        if picture.refused:
            self._progress = self._progress.with_example(picture.topic, *picture.refused)
        self._progress = replace(
            self._progress,
            pictures=self._progress.pictures + 1,
            total=self._progress.total + 1,
        )
        self._run.on_frame(self._progress.total, self._expected)
        return answered.rows

    def _declare(self, writer: BagWriter) -> None:
        """Give the topics of all sources the same numbers in every part."""
        labels = next(iter(self._run.segmenters.values())).labels
        for source, prefix in zip(self._run.sources, prefixes(self._run.sources), strict=True):
            for camera in cameras_of(source, prefix, labels).values():
                outputs = CameraOutputs(camera, [*self._run.segmenters], self._run.outputs)
                for channel in outputs.channels():
                    writer.declare(channel)
            for channel in source.channels:
                writer.declare(replace(channel, topic=prefix + channel.topic))

    def _restore(self, states: Mapping[str, State]) -> None:
        self._segmenting.restore(states)
        for (topic, mode), figures in self._figures.items():
            figures.restore(states[f'{topic}|{mode}|figures'])
        for topic, outputs in self._outputs.items():
            outputs.restore(states[f'{topic}|outputs'])
