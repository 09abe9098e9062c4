"""Ending a command in order when the system asks for it."""

from __future__ import annotations

import _thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
import signal
import threading
import time
from types import FrameType
from weakref import ref

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_LOOK_EVERY_S = 0.2


class TerminatedError(KeyboardInterrupt):
    """
    The process was asked to end by a signal, which is raised wherever it stands.

    Whatever makes room for Ctrl-C makes room for it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


@contextmanager
def signals_unwind() -> Iterator[None]:
    """
    Have SIGTERM and SIGHUP raise :class:`TerminatedError` in the block, unless ignored.

    C code may drop an error that is raised while it calls back into Python. A signal whose error
    is gone before the block is left is therefore sent again.
    """
    is_left = False

    def leave(number: int, _frame: FrameType | None) -> None:
        error = TerminatedError(number)
        # Not by threading, whose locks the interrupted code may hold.
        _thread.start_new_thread(_send_again, (ref(error), number, lambda: is_left))
        try:
            raise error
        finally:
            # Or its traceback would keep it.
            del error

    # Only the main thread may set handlers; another one is told by whoever started it.
    is_main = threading.current_thread() is threading.main_thread()
    taken = [n for n in _SIGNALS if is_main and signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, leave) for number in taken}
    try:
        yield
    finally:
        is_left = True
        for number, handler in before.items():
            signal.signal(number, handler)


def _send_again(error: ref[TerminatedError], number: int, is_over: Callable[[], bool]) -> None:
    """Send a signal to this process once more if its error was dropped."""
    while error() is not None and not is_over():
        time.sleep(_LOOK_EVERY_S)
    if not is_over():
        os.kill(os.getpid(), number)
