"""Where the workers of a fleet sit, on Ray or as plain processes, as the pool sees it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.replay.fleet.job import PoolOptions, Running, Task


class LostWorkerError(Exception):
    """A worker is gone."""


class Seat(Protocol):
    """A worker and what it is at; first it loads its model."""

    task: Task | None

    def begin(self, task: Task) -> None:
        """Hand over a recording."""

    def answer(self) -> Any:
        """
        Return what the worker says once it is ready: of a recording, or of its model.

        :raises LostWorkerError: if it is gone.
        """

    def look(self) -> Running | None:
        """Tell how far the worker is, as it said last; None while it loads."""

    def end(self) -> None:
        """End the worker."""


class Hall(Protocol):
    """Room for workers."""

    def seat(self, number: int) -> Seat:
        """Start a worker."""

    def ready(self, seats: Sequence[Any], timeout_s: float) -> Sequence[Any]:
        """Wait until a worker has an answer or is gone, and return some that do; or none."""


def cores_of(options: PoolOptions, number: int) -> list[int]:
    """
    Choose the CPU cores of a worker on this machine, if there are enough for all.

    Decoding, engine and figures of one worker would else spread over the cores of others.
    """
    cores = sorted(os.sched_getaffinity(0))
    if options.address or options.workers * options.threads > len(cores):
        return []
    return cores[number * options.threads :][: options.threads]
