"""What can go wrong in a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    from collections.abc import Sequence

WHERE_IMAGES_ARE = 'check --topic, --start and --end, and whether the recorder saw the camera'


class ReplayError(Time2GeneralError):
    """A source, its labels or the place for results cannot be used; the message says why."""


class NoImageError(ReplayError):
    """
    There is nothing to segment.

    :param paths: Of all sources.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        have = 'has' if len(paths) == 1 else 'have'
        super().__init__(f'{", ".join(paths)} {have} no image to look at: {WHERE_IMAGES_ARE}')
