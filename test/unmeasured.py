"""Work whose coverage does not count, and which tracing would slow down threefold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
import sys
import threading

# Tells new processes to measure themselves.
PROCESSES = 'COVERAGE_PROCESS_CONFIG'


@contextmanager
def unmeasured() -> Iterator[None]:
    """Trace neither this thread nor threads and processes that are started meanwhile."""
    here, threads = sys.gettrace(), threading.gettrace()
    processes = os.environ.pop(PROCESSES, None)
    threading.settrace(None)
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(here)
        threading.settrace(threads)
        if processes is not None:
            os.environ[PROCESSES] = processes
