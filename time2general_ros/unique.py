"""Names that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def unique(names: Iterable[str]) -> list[str]:
    """Tell equal names apart by numbers: ``drive``, ``drive_2``."""
    given: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in given:
            number += 1
            candidate = f'{name}_{number}'
        given.append(candidate)
    return given
