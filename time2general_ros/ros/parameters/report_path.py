"""The file that a report is to be written to, looked at when it is named."""

from __future__ import annotations

from errno import EISDIR
import os
from pathlib import Path


def report_obstacle(text: str) -> str | None:
    """
    Say why no report can be written to a file; found out by writing beside it.

    :param text: Its path; empty for no report.
    """
    if not text:
        return None
    path = Path(text)
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        trial = path.with_name(f'.{path.name}.trial')
        trial.touch()
        trial.unlink()
    except (OSError, ValueError) as error:
        return told(path, error)
    return None


def told(path: Path, error: OSError | ValueError) -> str:
    """Say that a report cannot be written, and what to set instead."""
    return (
        f'cannot write the report {path}: {getattr(error, "strerror", error)}; set report_path '
        'to a file in a folder that exists and can be written'
    )
