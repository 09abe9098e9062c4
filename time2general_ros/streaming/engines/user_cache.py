"""What engines have found out or built, kept for the next start."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CACHE = 'XDG_CACHE_HOME'


def user_cache(engine: str) -> Path:
    """Return an engine's folder in the cache of this user; it need not exist."""
    base = os.environ.get(CACHE)
    return (Path(base) if base else Path.home() / '.cache') / 'time2general' / engine


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """
    Write a file; whoever reads meanwhile sees the old one or the new one.

    :raises OSError: if the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f'.{path.name}-', delete=False) as file:
        try:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
