"""Recordings shared out to workers: each takes one at a time, and one that is lost is replaced."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from time2general_ros.replay.fleet.hall import LostWorkerError
from time2general_ros.replay.fleet.job import FleetError, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from time2general_ros.replay.fleet.hall import Hall, Seat
    from time2general_ros.replay.fleet.job import Running, Task

# How often a recording may cost a worker.
ATTEMPTS = 3
_LOOK_EVERY_S = 0.5


class Pool:
    """
    Works through recordings, with at most one handed to each worker.

    :param hall: Where workers come from; workers: how many work at a time at most.
    :param on_outcome: Is told of each recording that is settled.
    :param on_loss: Is told of each recording whose worker was lost.
    :param on_look: Is told twice a second what is being done.
    """

    def __init__(
        self,
        hall: Hall,
        workers: int,
        on_outcome: Callable[[Task, Outcome], None],
        on_loss: Callable[[Task], None],
        on_look: Callable[[list[Running]], None],
    ) -> None:
        self._hall = hall
        self._workers = workers
        self._on_outcome = on_outcome
        self._on_loss = on_loss
        self._on_look = on_look
        self._waiting: deque[Task] = deque()
        # By number of the seat: who sits there.
        self._seats: dict[int, Seat] = {}
        self._lost_loading = 0

    def work(self, tasks: Sequence[Task]) -> None:
        """
        Do all of some recordings, in their order.

        :raises FleetError: if the model is unusable, or no worker comes up.
        """
        self._waiting = deque(tasks)
        for number in range(min(self._workers, len(tasks))):
            self._seats[number] = self._hall.seat(number)
        while self._seats:
            self._look()
            numbers = {id(seat): number for number, seat in self._seats.items()}
            for seat in self._hall.ready([*self._seats.values()], _LOOK_EVERY_S):
                self._take(numbers[id(seat)])

    def _take(self, number: int) -> None:
        """Hear what the worker of a seat says, and give it the next recording."""
        seat = self._seats[number]
        task = seat.task
        try:
            told = seat.answer()
        except LostWorkerError:
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
            self._seats[number] = self._hall.seat(number)

    def _look(self) -> None:
        running = (seat.look() for seat in self._seats.values())
        self._on_look([one for one in running if one])
