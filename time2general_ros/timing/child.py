"""Work that leaves nothing behind in this process, neither memory nor threads."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
import multiprocessing
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from time2general_ros.timing.errors import TimingError
from time2general_ros.workers import worker_pool

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec('P')
R = TypeVar('R')


def in_child(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """
    Call a function of a module in a process of its own.

    PyTorch, with which graphs are exported, would count in the peak memory and keep threads that
    disturb what is timed.

    :returns: What the function returns.
    :raises Exception: what the function raises.
    :raises TimingError: if the process was killed.
    """
    with worker_pool(1) as pool:
        try:
            return pool.submit(function, *args, **kwargs).result()
        except KeyboardInterrupt:
            # Nobody wants its result any more, and it may take minutes.
            for process in multiprocessing.active_children():
                process.kill()
            raise
        except BrokenProcessPool as error:
            raise TimingError(
                f'the process for {function.__name__} was killed, perhaps for want of memory; '
                'give a smaller --size'
            ) from error
