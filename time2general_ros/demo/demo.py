"""The demonstration from the first rendered frame to the summary."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
from typing import TYPE_CHECKING, Any, Protocol

from time2general_ros.bags.synthesize import IMAGE_TOPIC, DriveOptions, synthesize
from time2general_ros.demo.contact_sheet import write_contact_sheet
from time2general_ros.demo.demo_error import DemoError
from time2general_ros.demo.live_run import LiveRun
from time2general_ros.demo.review import DriveReview, Review
from time2general_ros.imports import missing_for_pages
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.machine import describe_machine
from time2general_ros.ros.process import require_ros
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from time2general_ros.streaming.segmenter import Segmenter

# None of the drives that the shipped model was trained on.
SEED = 20


class Progress(Protocol):
    """Shows how many frames of how many are done."""

    def show(self, done: int, total: int) -> None:
        """Show it."""


@dataclass(frozen=True)
class DemoOptions:
    """
    What to demonstrate.

    :param out: Folder for everything that the demonstration leaves.
    :param model: Model folder; None for the one shipped.
    """

    out: Path
    seconds: float = 20.0
    model: Path | None = None
    engine: str = 'openvino'


class Demo:
    """
    Render a drive, send it through the live node, score and picture the masks.

    :param progress: Makes a progress display from a description; a context manager.
    """

    def __init__(
        self, options: DemoOptions, progress: Callable[[str], AbstractContextManager[Progress]]
    ) -> None:
        self._options = options
        self._drive_options = DriveOptions(seconds=options.seconds, seed=SEED)
        self._progress = progress
        self._logs = options.out / 'log'
        self._drive = options.out / 'drive.mcap'
        self._masks = options.out / 'masks.mcap'
        self._video = options.out / 'overlay.mp4'
        self._sheet = options.out / 'contact_sheet.png'
        self._summary = options.out / 'summary.json'
        self._page = options.out / 'report.html'
        self._results = options.out / 'results'

    def run(self) -> dict[str, Any]:
        """
        Run the demonstration.

        :returns: What it wrote to ``summary.json``.
        :raises Time2GeneralError: if a part fails; its log says more.
        """
        require_ros()
        memory_off = self._open_memory_off()
        self._prepare()
        with self._progress(f'Rendering a drive of {self._options.seconds:g} s ...') as bar:
            synthesize(
                self._drive_options, self._drive, os.cpu_count() or 1, bar.show, overwrite=True
            )
        with self._progress('Playing it to the live node in real time ...'):
            report = self._live_run().run()
        with self._progress('Scoring the masks, with memory and without ...') as bar:
            reviewer = DriveReview(memory_off.labels, memory_off)
            review = reviewer.review(
                self._drive, self._masks, self._video, self._drive_options.rate_hz, bar.show
            )
        write_contact_sheet(self._sheet, review.rows, memory_off.labels.colours)
        summary = self._summarise(report, review)
        self._write_page(report, memory_off)
        write_whole(self._summary, (json.dumps(summary, indent=2) + '\n').encode())
        return summary

    def _write_page(self, report: dict[str, Any], memory_off: Segmenter) -> None:
        """Write the page, where the packages that it needs are installed."""
        if missing_for_pages():
            return
        from time2general_ros.demo.drive_page import DrivePage

        page = DrivePage(self._drive, self._masks, self._results, self._page)
        with self._progress('Making the page of the drive ...') as bar:
            page.write(report, memory_off, bar.show)

    def _open_memory_off(self) -> Segmenter:
        """Load the model first: without it there is nothing to demonstrate."""
        from time2general_ros.streaming.engines import create_engine
        from time2general_ros.streaming.model_folder import load_model_folder
        from time2general_ros.streaming.segmenter import Segmenter

        model, streets = load_model_folder(self._options.model), street_labels()
        if model.labels.classes != streets.classes:
            raise DemoError(
                f'the synthetic drive is labelled in {streets.name}, {model.path} tells '
                f'{list(model.labels.classes)} apart: show it on a recording of yours, with '
                'time2general replay'
            )
        return Segmenter(create_engine(self._options.engine, model), use_memory=False)

    def _prepare(self) -> None:
        """Make the folder; what an earlier run left must not pass for this one's."""
        try:
            self._options.out.mkdir(parents=True, exist_ok=True)
            for file in (self._masks, self._video, self._sheet, self._summary, self._page):
                file.unlink(missing_ok=True)
            shutil.rmtree(self._results, ignore_errors=True)
            shutil.rmtree(self._logs, ignore_errors=True)
        except OSError as error:
            raise DemoError(
                f'{self._options.out} cannot be used: {error.strerror}; choose another --out'
            ) from error

    def _live_run(self) -> LiveRun:
        return LiveRun(
            bag=self._drive,
            source=IMAGE_TOPIC,
            seconds=self._options.seconds,
            masks=self._masks,
            logs=self._logs,
            model=self._options.model,
            engine=self._options.engine,
        )

    def _summarise(self, report: dict[str, Any], review: Review) -> dict[str, Any]:
        played = self._drive_options.frames
        latency = report['latency_ms']
        return {
            'frames_played': played,
            'lost_in_transport': played - report['frames_in'],
            'frames_in': report['frames_in'],
            'frames_out': report['frames_out'],
            'dropped': report['dropped'],
            'fps': report['fps'],
            **{f'latency_ms_{name}': latency[name] for name in ('p50', 'p95', 'p99')},
            **review.live,
            'memory_off': review.memory_off,
            'engine': report['engine'],
            'machine': describe_machine(),
        }
