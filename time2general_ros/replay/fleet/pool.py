"""Workers on Ray: each takes one recording at a time, and one that is lost is replaced."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

# Read when Ray is imported, here and by its daemons: it would send statistics, hide GPUs from
# workers that reserve none, and have workers give way to everything else on the machine.
os.environ['RAY_USAGE_STATS_ENABLED'] = '0'
os.environ.setdefault('RAY_worker_niceness', '0')
os.environ.setdefault('RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO', '0')

import ray
from ray.exceptions import RayError

from time2general_ros.replay.fleet.job import FleetError, Outcome, Status
from time2general_ros.replay.fleet.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from time2general_ros.replay.fleet.job import Job

# Ray takes no less than 75 MiB; what travels through it are paths and figures.
STORE_BYTES = 100 * 2**20
# How often a recording may cost a worker.
ATTEMPTS = 3
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class PoolOptions:
    """
    The workers.

    :param threads: Of the engine of each, and CPU cores that each reserves.
    :param gpus: The share of a GPU that each reserves.
    :param address: Of a Ray cluster; None starts one on this machine, which ends with the fleet.
    """

    workers: int
    threads: int = 1
    gpus: float = 0.0
    address: str | None = None


@dataclass
class Task:
    """A recording to be done: the key is the caller's, and attempts counts lost workers."""

    key: str
    source: str
    out: str
    attempts: int = 0


@dataclass(frozen=True)
class Running:
    """A recording that a worker is at, with the images that are done of it."""

    key: str
    host: str
    pid: int
    done: int
    total: int


@contextmanager
def cluster(options: PoolOptions) -> Iterator[None]:
    """
    Join a Ray cluster, or start one on this machine, heard by this machine alone.

    :raises FleetError: if there is none, or it does not start.
    """
    quiet: dict[str, Any] = {'logging_level': logging.ERROR, 'log_to_driver': False}
    own: dict[str, Any]
    if options.address:
        own = {'address': options.address}
    else:
        own = {
            'address': 'local',
            'num_cpus': options.workers * options.threads,
            # Those that are there are found by Ray; others would be promised to workers.
            'num_gpus': None if options.gpus else 0,
            'object_store_memory': STORE_BYTES,
            'include_dashboard': False,
            '_node_ip_address': '127.0.0.1',
        }
    try:
        with _signals_kept():
            ray.init(**own, **quiet)
    except (RayError, OSError, ValueError, RuntimeError) as error:
        where = options.address or 'this machine'
        told = ' '.join(str(error).split())[:300]
        if options.address:
            told += '; is it up, and does it ask for a token (RAY_AUTH_MODE=token)'
        raise FleetError(f'no Ray on {where}: {told}; see docs/fleet.md') from error
    try:
        yield
    finally:
        ray.shutdown()


def check_room(options: PoolOptions, recordings: int) -> str | None:
    """
    Compare what workers reserve with what the cluster has.

    :param recordings: More workers than these are not started.
    :returns: What a user should know of, in one line; None if all workers fit.
    :raises FleetError: if none ever will.
    """
    if options.gpus > 1 and options.gpus % 1:
        raise FleetError(
            f'--gpus {options.gpus:g}: a worker reserves a share of one GPU, or whole ones; give '
            f'{int(options.gpus)}'
        )
    listed: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    nodes = [node['Resources'] for node in listed if node['Alive']]
    fitting = sum(_fitting(options, node) for node in nodes)
    workers = min(options.workers, recordings)
    if fitting >= workers:
        return None
    cores, gpus = (sum(node.get(kind, 0.0) for node in nodes) for kind in ('CPU', 'GPU'))
    there = f'{cores:g} CPU cores and {gpus:g} GPUs on {len(nodes)} machines'
    asked = f'each reserves --threads {options.threads} CPU cores and --gpus {options.gpus:g}'
    if fitting:
        return f'{fitting} of {workers} workers run at a time: {asked}, there are {there}'
    if not options.address:
        raise FleetError(f'no worker fits on this machine: {asked}, there are {there}')
    return f'no worker fits into the cluster until it grows: {asked}, there are {there}'


def _fitting(options: PoolOptions, node: Mapping[str, float]) -> int:
    """Count the workers for which a machine has room."""
    by_cores = int(node.get('CPU', 0.0) // options.threads)
    gpus = node.get('GPU', 0.0)
    if not options.gpus:
        return by_cores
    by_gpus = gpus // options.gpus if options.gpus > 1 else gpus * (1 / options.gpus // 1)
    return min(by_cores, int(by_gpus))


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Leave SIGTERM to whoever has taken it; Ray would end the process by an exit of its own."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


class Pool:
    """
    Works through recordings, with at most one handed to each worker.

    :param on_outcome: Is told of each recording that is settled.
    :param on_loss: Is told of each recording whose worker was lost.
    :param on_look: Is told twice a second what is being done.
    """

    def __init__(
        self,
        job: Job,
        options: PoolOptions,
        on_outcome: Callable[[Task, Outcome], None],
        on_loss: Callable[[Task], None],
        on_look: Callable[[list[Running]], None],
    ) -> None:
        self._job = job
        self._options = options
        self._on_outcome = on_outcome
        self._on_loss = on_loss
        self._on_look = on_look
        self._waiting: deque[Task] = deque()
        # By number of the seat: who sits there.
        self._seats: dict[int, _Seat] = {}
        self._lost_loading = 0

    def work(self, tasks: Sequence[Task]) -> None:
        """
        Do all of some recordings, in their order.

        :raises FleetError: if the model is unusable, or no worker comes up.
        """
        self._waiting = deque(tasks)
        for number in range(min(self._options.workers, len(tasks))):
            self._seats[number] = _Seat(self._job, self._options, number)
        while self._seats:
            self._look()
            answers = {seat.answer: number for number, seat in self._seats.items()}
            ready, _ = ray.wait([*answers], num_returns=1, timeout=_LOOK_EVERY_S)
            for answer in ready:
                self._take(answers[answer])

    def _take(self, number: int) -> None:
        """Hear what the worker of a seat says, and give it the next recording."""
        seat = self._seats[number]
        task = seat.task
        try:
            told = ray.get(seat.answer)
        except RayError:
            self._lose(number)
            return
        if task is None:
            if told is not None:
                raise FleetError(told)
            self._lost_loading = 0
        else:
            self._on_outcome(task, told)
        if self._waiting:
            seat.begin(self._waiting.popleft())
        else:
            seat.end()
            del self._seats[number]

    def _lose(self, number: int) -> None:
        """Replace a worker that is gone; what it was at comes next."""
        seat = self._seats.pop(number)
        seat.end()
        task = seat.task
        if task is None:
            self._lost_loading += 1
            if self._lost_loading >= ATTEMPTS:
                raise FleetError(
                    'workers end while they load the model, as when memory runs out; take fewer '
                    'with --workers'
                )
        else:
            task.attempts += 1
            self._on_loss(task)
            if task.attempts < ATTEMPTS:
                self._waiting.appendleft(task)
            else:
                reason = (
                    f'{ATTEMPTS} workers were lost over it, as when memory runs out; try it '
                    f'alone: time2general replay {task.source}'
                )
                self._on_outcome(task, Outcome(Status.FAILED, reason))
        if self._waiting:
            self._seats[number] = _Seat(self._job, self._options, number)

    def _look(self) -> None:
        running = (seat.look() for seat in self._seats.values())
        self._on_look([one for one in running if one])


class _Seat:
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
