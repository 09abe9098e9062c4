"""Workers on Ray and the recordings that they are at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.hall import LostWorkerError, cores_of
from time2general_ros.replay.fleet.job import Running
from time2general_ros.replay.fleet.quiet_ray import RayError, ray
from time2general_ros.replay.fleet.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.replay.fleet.job import Job, PoolOptions, Task


class RayHall:
    """See :class:`.hall.Hall`."""

    def __init__(self, job: Job, options: PoolOptions) -> None:
        self._job = job
        self._options = options

    def seat(self, number: int) -> RaySeat:
        """Start a worker."""
        return RaySeat(self._job, self._options, number)

    def ready(self, seats: Sequence[RaySeat], timeout_s: float) -> Sequence[RaySeat]:
        """Wait until a worker has an answer, or is gone."""
        pending = {seat.pending: seat for seat in seats}
        ready, _ = ray.wait([*pending], num_returns=1, timeout=timeout_s)
        return [pending[one] for one in ready]


class RaySeat:
    """See :class:`.hall.Seat`."""

    def __init__(self, job: Job, options: PoolOptions, number: int) -> None:
        self.task: Task | None = None
        actor: Any = ray.remote(Worker).options(
            num_cpus=options.threads, num_gpus=options.gpus, max_concurrency=2, max_restarts=0
        )
        self._worker: Any = actor.remote(job, cores_of(options, number))
        self.pending: Any = self._worker.load.remote()
        self._place: Any = self._worker.place.remote()
        self._asked: Any = None
        self._host, self._pid, self._far = '', 0, (0, 0)

    def begin(self, task: Task) -> None:
        """Hand over a recording."""
        self.task = task
        self._far = 0, 0
        self.pending = self._worker.replay.remote(task.source, task.out)

    def answer(self) -> Any:
        """Return what the worker says."""
        try:
            return ray.get(self.pending)
        except RayError as error:
            raise LostWorkerError from error

    def look(self) -> Running | None:
        """Tell how far the worker is, as it said last."""
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
