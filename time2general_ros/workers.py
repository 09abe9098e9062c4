"""Processes that work for this one and end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
import multiprocessing
import signal
from typing import Any


@contextmanager
def worker_pool(
    jobs: int,
    initializer: Callable[..., None] | None = None,
    initargs: tuple[Any, ...] = (),
) -> Iterator[ProcessPoolExecutor]:
    """
    Start processes that leave SIGINT and SIGTERM to their parent.

    Terminals and systemd send these to all processes at once; the parent unwinds then, and ends
    its workers after what they are at.

    :param initializer: Is called in each process with ``initargs``.
    """
    # Processes are spawned: the threads of OpenCV do not survive a fork.
    context = multiprocessing.get_context('spawn')
    pool = ProcessPoolExecutor(jobs, context, _start, (initializer, initargs))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start(initializer: Callable[..., None] | None, initargs: tuple[Any, ...]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if initializer:
        initializer(*initargs)
