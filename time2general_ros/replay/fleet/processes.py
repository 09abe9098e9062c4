"""Workers that are plain processes of this machine, where Ray is not installed."""

from __future__ import annotations

from contextlib import contextmanager, suppress
import multiprocessing
from multiprocessing.connection import wait
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from time2general_ros.replay.fleet.hall import LostWorkerError, cores_of
from time2general_ros.replay.fleet.job import Running
from time2general_ros.replay.fleet.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from time2general_ros.replay.fleet.job import Job, PoolOptions, Task

_TELL_EVERY_S = 0.5
# Threads of libraries that are loaded already do not outlive a fork.
_CONTEXT = multiprocessing.get_context('spawn')


@contextmanager
def processes(job: Job, options: PoolOptions) -> Iterator[ProcessHall]:
    """Give room for processes, which end with it."""
    hall = ProcessHall(job, options)
    try:
        yield hall
    finally:
        for seat in hall.seats:
            seat.end()


class ProcessHall:
    """See :class:`.hall.Hall`."""

    def __init__(self, job: Job, options: PoolOptions) -> None:
        self._job = job
        self._options = options
        self.seats: list[ProcessSeat] = []

    def seat(self, number: int) -> ProcessSeat:
        """Start a worker."""
        self.seats.append(ProcessSeat(self._job, cores_of(self._options, number)))
        return self.seats[-1]

    def ready(self, seats: Sequence[ProcessSeat], timeout_s: float) -> Sequence[ProcessSeat]:
        """Hear what workers say, and return those with an answer, or that are gone."""
        by_line: dict[Any, ProcessSeat] = {seat.line: seat for seat in seats}
        for line in wait([*by_line], timeout_s):
            by_line[line].hear()
        return [seat for seat in seats if seat.has_answer]


class ProcessSeat:
    """See :class:`.hall.Seat`."""

    def __init__(self, job: Job, cores: Sequence[int]) -> None:
        self.task: Task | None = None
        self.has_answer = False
        self.line, other = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(other, job, cores))
        self._process.start()
        # The process has its own: once that is closed, the worker is gone.
        other.close()
        self._is_lost = False
        self._answer: Any = None
        self._place, self._far = ('', 0), (0, 0)

    def begin(self, task: Task) -> None:
        """Hand over a recording."""
        self.task = task
        self._far = 0, 0
        # One that is gone is found out by its silence.
        with suppress(OSError):
            self.line.send((task.source, task.out))

    def hear(self) -> None:
        """Take in all that the worker has said."""
        try:
            while self.line.poll():
                kind, told = self.line.recv()
                if kind == 'answer':
                    self.has_answer, self._answer = True, told
                elif kind == 'far':
                    self._far = told
                else:
                    self._place = told
        except (EOFError, OSError):
            self.has_answer = self._is_lost = True

    def answer(self) -> Any:
        """Return what the worker says."""
        self.has_answer = False
        if self._is_lost:
            raise LostWorkerError
        return self._answer

    def look(self) -> Running | None:
        """Tell how far the worker is, as it said last."""
        return None if self.task is None else Running(self.task.key, *self._place, *self._far)

    def end(self) -> None:
        """End the worker."""
        self._process.kill()
        self._process.join()
        self.line.close()


def _serve(line: Connection, job: Job, cores: Sequence[int]) -> None:
    """Work as long as somebody asks for it."""
    # Of Ctrl-C the fleet hears, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker, saying = Worker(job, cores), threading.Lock()

    def say(kind: str, told: Any) -> None:
        try:
            with saying:
                line.send((kind, told))
        except OSError:
            # Nobody listens: a worker must not go on alone where another may begin.
            os._exit(1)

    def tell() -> None:
        pause = threading.Event()
        while not pause.wait(_TELL_EVERY_S):
            say('far', worker.progress())

    say('place', worker.place())
    threading.Thread(target=tell, daemon=True).start()
    say('answer', worker.load())
    with suppress(EOFError):
        while True:
            source, out = line.recv()
            say('answer', worker.replay(source, out))
