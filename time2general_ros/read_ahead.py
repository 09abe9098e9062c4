"""Items made ready in a thread before they are needed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Empty, Queue
import threading
from typing import TypeVar

T = TypeVar('T')
_POLL_S = 0.01


def read_ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """
    Iterate over items that a thread takes from their source while earlier ones are used.

    What the source raises is raised here, after the items before it. The thread ends with the
    items or when the iterator is closed.

    :param depth: Number of items that may lie ready.
    """
    ready: Queue[tuple[T] | BaseException | None] = Queue(depth)
    abandoned = threading.Event()

    def fill() -> None:
        try:
            for item in items:
                ready.put((item,))
                if abandoned.is_set():
                    return
            ready.put(None)
        except BaseException as error:  # who iterates decides, as about Ctrl-C
            ready.put(error)

    thread = threading.Thread(target=fill, name='read_ahead', daemon=True)
    thread.start()
    try:
        while (entry := ready.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]
    finally:
        abandoned.set()
        while thread.is_alive():  # it may be waiting for room
            with suppress(Empty):
                ready.get(timeout=_POLL_S)
