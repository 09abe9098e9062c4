"""The part of a fleet that runs in a process of its own."""

from __future__ import annotations

from contextlib import suppress
import os
from pathlib import Path
import socket
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.errors import Time2GeneralError, one_line
from time2general_ros.replay.evidence.sums import sums_of
from time2general_ros.replay.fleet.job import Outcome, Status
from time2general_ros.replay.runs.parts import FRAMES
from time2general_ros.replay.sources.file_names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.replay.fleet.job import Job

FIGURES = ('flicker', 'flow_flicker', 'miou', 'boundary_iou', 'tc', 'vc8', 'vc16', 'confidence')


class Worker:
    """
    Replays recordings, one after the other, with a model that is loaded once.

    Its methods are called from threads: one that works, one that tells how far it is.

    :param cores: CPU cores to keep to; none to leave that to the system.
    """

    def __init__(self, job: Job, cores: Sequence[int]) -> None:
        self._job = job
        self._cores = cores
        self._far = 0, 0

    def load(self) -> str | None:
        """Load the model; return what is wrong with it, None if nothing is."""
        self._keep_to_cores()
        try:
            self._job.load()
        except Time2GeneralError as error:
            return one_line(error)
        return None

    def replay(self, source: str, out: str) -> Outcome:
        """Replay a recording; whatever is wrong with it is told, not raised."""
        self._keep_to_cores()
        self._far = 0, 0
        began = time.monotonic()
        try:
            results = self._job.replay(source, Path(out), self._note)
        except Time2GeneralError as error:
            return self._failed(one_line(error), began)
        except Exception as error:  # one recording must not end the night
            told = f'{type(error).__name__}: {one_line(error)}; please report this'
            return self._failed(told, began)
        return self._outcome(results, Path(out), time.monotonic() - began)

    def progress(self) -> tuple[int, int]:
        """Tell how many images of how many are done."""
        return self._far

    def place(self) -> tuple[str, int]:
        """Tell the host and the process."""
        return socket.gethostname(), os.getpid()

    def _note(self, done: int, total: int) -> None:
        self._far = done, total

    def _keep_to_cores(self) -> None:
        # Those that are there pass it on to those that they start. Some may be gone by now.
        for thread in Path('/proc/self/task').iterdir() if self._cores else ():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), self._cores)

    @staticmethod
    def _failed(reason: str, began: float) -> Outcome:
        return Outcome(Status.FAILED, shown(reason), seconds=time.monotonic() - began)

    @staticmethod
    def _outcome(results: dict[str, Any], out: Path, seconds: float) -> Outcome:
        topics = [topic for source in results['sources'] for topic in source['topics']]
        totals = results['totals'] or {}
        scored = results['scored'] or {'classes': []}
        return Outcome(
            Status.DONE if results['complete'] else Status.PARTIAL,
            '; '.join(results['partial']) or None,
            sum(topic['frames_in'] for topic in topics),
            sum(topic['frames_out'] for topic in topics),
            {name: totals.get(name) for name in FIGURES},
            _sums(out, results['settings']['memory'][0], len(scored['classes'])),
            scored['classes'],
            sum(topic['health']['duration_s'] for topic in topics),
            # What went on from an earlier attempt took the time of that too.
            max(seconds, results['timing']['seconds']),
            socket.gethostname(),
        )


def _sums(out: Path, mode: str, classes: int) -> list[float]:
    """Add up all that the figures of a recording are made of."""
    if not classes:
        return []
    frames = pq.read_table(out / FRAMES, filters=[('memory', '=', mode)])
    blocks = np.zeros(len(frames), np.int64)
    values: list[float] = sums_of(frames, blocks, 1, classes).values[0].tolist()
    return values
