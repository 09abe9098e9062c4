"""Paths as users write them."""

from __future__ import annotations

from pathlib import Path


def user_path(text: str) -> Path:
    """
    Read a path that may begin with ``~`` or ``~NAME``.

    Where there is no such user, or it has no home folder, the name is taken as it stands: who
    opens it will say that it does not exist.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)
