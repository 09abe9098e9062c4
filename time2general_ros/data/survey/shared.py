"""Whether two parts of a data set hold frames of one drive, as far as names tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.data.own.videos import NAMELESS

if TYPE_CHECKING:
    from time2general_ros.data.survey.survey import Survey

APART = (
    'move all frames of a drive into one of them; several recordings of one name need a folder '
    'each below images/'
)
UNCHECKED = (
    'names that are numbers alone do not tell of which recording a picture is: see that none has '
    'pictures in both, or figures are too good; folders below images/ name recordings'
)


def shared_drives(one: Survey, other: Survey) -> list[str]:
    """Name the drives that both have; stills of no drive are of none."""
    shared = one.drives.keys() & other.drives.keys()
    return sorted(shared - {NAMELESS} if share_unnamed_stills(one, other) else shared)


def share_unnamed_stills(one: Survey, other: Survey) -> bool:
    """Tell whether both have stills whose names are numbers alone, and no video of such names."""
    facts = [part.drives.get(NAMELESS) for part in (one, other)]
    return all(fact is not None and fact.longest == 1 for fact in facts)
