"""Where engines keep what they have found out or built, for the next start."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = 'XDG_CACHE_HOME'


def user_cache(engine: str) -> Path:
    """Return an engine's folder in the cache of this user; it need not exist."""
    base = os.environ.get(CACHE)
    return (Path(base) if base else Path.home() / '.cache') / 'time2general' / engine
