"""The programs as they are installed: imported where a missing module can be told in a line."""

from __future__ import annotations

from importlib import import_module
import sys

from time2general_ros.errors import Time2GeneralError
from time2general_ros.imports import import_errors_told
from time2general_ros.ros.process import require_ros


def diagnostics_image() -> int:
    """Draw the diagnostics as images."""
    return _run('diagnostics_image')


def begin_replay() -> int:
    """Let a paused player go on once somebody listens."""
    return _run('begin_replay')


def wait_until_ready() -> int:
    """Wait until a node's engine takes images."""
    return _run('wait_until_ready')


def _run(program: str) -> int:
    """
    Run a program of this folder on the arguments of the process.

    :returns: Its exit code, or that of what keeps it from its work.
    """
    try:
        require_ros()
        with import_errors_told():
            status: int = import_module(f'{__package__}.{program}').main()
    except Time2GeneralError as error:
        print(f'error: {error}', file=sys.stderr)
        return error.exit_code
    return status
