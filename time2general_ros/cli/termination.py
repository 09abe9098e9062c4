"""Ending a command in order when the system asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import signal
import threading
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


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
    """Have SIGTERM and SIGHUP raise :class:`TerminatedError` in the block, unless ignored."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise TerminatedError(number)

    # Only the main thread may set handlers; another one is told by whoever started it.
    is_main = threading.current_thread() is threading.main_thread()
    taken = [n for n in _SIGNALS if is_main and signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, leave) for number in taken}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
