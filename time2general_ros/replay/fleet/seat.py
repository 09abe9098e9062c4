"""A worker on Ray and the recording that it is at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.job import Running
from time2general_ros.replay.fleet.quiet_ray import RayError, ray
from time2general_ros.replay.fleet.worker import Worker

if TYPE_CHECKING:
    from time2general_ros.replay.fleet.job import Job, PoolOptions, Task


class Seat:
    """A worker and what it is at; first it loads its model."""

    def __init__(self, job: Job, options: PoolOptions, number: int) -> None:
        self.task: Task | None = None
        actor: Any = ray.remote(Worker).options(
            num_cpus=options.threads, num_gpus=options.gpus, max_concurrency=2, max_restarts=0
        )
        self._worker: Any = actor.remote(job, _cores(options, number))
        self.answer = self._worker.load.remote()
        self._place: Any = self._worker.place.remote()
        self._asked: Any = None
        self._host, self._pid, self._far = '', 0, (0, 0)

    def begin(self, task: Task) -> None:
        """Hand over a recording."""
        self.task = task
        self._far = 0, 0
        self.answer = self._worker.replay.remote(task.source, task.out)

    def look(self) -> Running | None:
        """Tell how far the worker is, as it said last; None while it loads."""
        try:
            if self._place is not None and _is_there(self._place):
                self._host, self._pid = ray.get(self._place)
                self._place = None
            if self._asked is None:
                self._asked = self._worker.progress.remote()
            elif _is_there(self._asked):
                self._far = ray.get(self._asked)
                self._asked = None
        except RayError:
            # The answer that is waited for says so too.
            self._asked = None
        if self.task is None:
            return None
        return Running(self.task.key, self._host, self._pid, *self._far)

    def end(self) -> None:
        """End the worker."""
        ray.kill(self._worker)


def _is_there(answer: Any) -> bool:
    return bool(ray.wait([answer], timeout=0)[0])


def _cores(options: PoolOptions, number: int) -> list[int]:
    """
    Choose the CPU cores of a worker on this machine, if there are enough for all.

    Decoding, engine and figures of one worker would else spread over the cores of others.
    """
    cores = sorted(os.sched_getaffinity(0))
    if options.address or options.workers * options.threads > len(cores):
        return []
    return cores[number * options.threads :][: options.threads]
