"""Names of files that results can tell of: they are written in UTF-8."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from pathlib import Path


def check_file_names(*names: str | Path) -> None:
    """
    Refuse names that are not UTF-8, before any work.

    :raises ReplayError: if one is not.
    """
    for name in map(str, names):
        if shown(name) != name:
            raise ReplayError(
                f'{shown(name)} has a name that is not UTF-8, which results cannot tell; rename it'
            )


def shown(text: str) -> str:
    r"""Spell a name, or what tells of some, in UTF-8; bytes that are none as ``\xdf``."""
    return os.fsencode(text).decode('utf-8', 'backslashreplace')
