"""The two parts of one's own data, read once and refused where they cannot teach."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.data.labelled_video import DataError, files_of_videos
from time2general_ros.data.own.division import HELD_OUT, LEARNED
from time2general_ros.data.specs import open_data
from time2general_ros.data.survey.shared import APART, shared_drives
from time2general_ros.data.survey.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable

    from time2general_ros.data.survey.survey import Survey

MOST_NAMED = 3


class Parts(NamedTuple):
    """What is learned from and what is held out."""

    learned: Survey
    held_out: Survey


def read_parts(
    spec: str, on_frame: Callable[[int, int], None] = lambda done, total: None
) -> Parts:
    """
    Read both parts of the data once.

    :raises DataError: if one is missing, they share a picture or a drive, or something cannot be
        read; says what to do.
    """
    learned = open_data(spec, LEARNED)
    try:
        held_out = open_data(spec, HELD_OUT)
    except DataError as error:
        raise DataError(
            f'{spec} has no part {HELD_OUT!r} of drives to choose the weights on ({error}); '
            f'time2general data split {spec} --write makes one of whole drives'
        ) from error
    # One of them may be a link to the other.
    held = {file.resolve() for file in files_of_videos(held_out.videos)}
    if same := [file for file in files_of_videos(learned.videos) if file.resolve() in held]:
        raise DataError(
            f'{same[0]} is in both {LEARNED} and {HELD_OUT} of {spec}, which must have pictures '
            'of their own'
        )
    parts = Parts(*(survey(data, on_frame) for data in (learned, held_out)))
    if shared := shared_drives(*parts):
        raise DataError(
            f'{_listed(shared)} of {spec} {"is" if len(shared) == 1 else "are"} in both {LEARNED} '
            f'and {HELD_OUT}; frames of one drive are no test of each other: {APART}'
        )
    for name, found in zip((LEARNED, HELD_OUT), parts, strict=True):
        if found.faults:
            more = f' (and {len(found.faults) - 1} faults more)' if len(found.faults) > 1 else ''
            raise DataError(
                f'{found.faults[0]}{more}; time2general data check {spec} lists all of {name}'
            )
        if not found.pixels.any():
            raise DataError(
                f'{name} of {spec} has no labelled pixel of any class; time2general data check '
                'tells what is there'
            )
    return parts


def _listed(names: list[str]) -> str:
    shown = ', '.join(repr(name) for name in names[:MOST_NAMED])
    more = f' and {len(names) - MOST_NAMED} more' if len(names) > MOST_NAMED else ''
    return f'drive{"" if len(names) == 1 else "s"} {shown}{more}'
