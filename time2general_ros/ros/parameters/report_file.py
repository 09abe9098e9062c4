"""Whether a report can be written to a file, found out before there is one."""

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
        draft = draft_of(path)
        draft.touch()
        draft.unlink()
    except (OSError, ValueError) as error:
        return cannot_write(path, error)
    return None


def draft_of(path: Path) -> Path:
    """Return where a report is written before it takes its place."""
    return path.with_name(path.name + '.part')


def cannot_write(path: Path, error: OSError | ValueError) -> str:
    """Say why a report is not written, and what to do."""
    return (
        f'cannot write the report {path}: {getattr(error, "strerror", error)}; set report_path '
        'to a file in a folder that exists and can be written'
    )
