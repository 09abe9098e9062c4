"""What engines have found out or built, kept for the next start."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

CACHE = 'XDG_CACHE_HOME'


def user_cache(engine: str) -> Path | None:
    """
    Return an engine's folder in the cache of this user; it need not exist.

    :returns: None for a user without a home folder, as in some containers.
    """
    base = Path(os.environ.get(CACHE, ''))
    if not base.is_absolute():
        try:
            base = Path.home() / '.cache'
        except RuntimeError:
            return None
    return base / 'time2general' / engine if base.is_absolute() else None


def keep(folder: Path | None, name: str, parts: Iterable[bytes]) -> Path:
    """
    Keep a file in a cache; whoever reads meanwhile sees the old one or the new one.

    :returns: The file.
    :raises OSError: if there is no folder, or it cannot be written; ``strerror`` says why.
    """
    if folder is None:
        raise OSError(errno.ENOENT, f'this user has no home folder, and {CACHE} names none')
    folder.mkdir(parents=True, exist_ok=True)
    with whole(folder / name) as partial, partial.open('wb') as file:
        file.writelines(parts)
    return folder / name
