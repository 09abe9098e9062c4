"""Processes that work for this one and end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
import multiprocessing
from multiprocessing import resource_tracker
import signal
import threading
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
    pool = _Pool(jobs, context, _start, (initializer, initargs))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


class _Pool(ProcessPoolExecutor):
    """Starts its processes undisturbed: one that is given half of what it needs complains."""

    def submit(self, *arguments: Any, **options: Any) -> Future[Any]:
        """Hand in a task, which may start a process for it."""
        # It unblocks signals where it is started in between.
        resource_tracker.ensure_running()
        with _signals_wait(), _signals_blocked():
            return super().submit(*arguments, **options)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Let processes that start in the block meet no signal before :func:`_start` ignores them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let SIGINT and SIGTERM take effect after the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: arrived.append(number))
        for number in _SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for late in arrived:
            signal.raise_signal(late)


def _start(initializer: Callable[..., None] | None, initargs: tuple[Any, ...]) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    if initializer:
        initializer(*initargs)
