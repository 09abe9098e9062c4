"""The moments of a recording at which the masks change most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from time2general_ros.report.replay.rows import CameraRows

# Neighbours of one peak are one event.
APART_S = 1.0
# Frames of a strip: one more before, which the first is compared with.
BEFORE, AFTER = 2, 1


@dataclass(frozen=True)
class Moment:
    """
    A frame whose classes differ much from those of the frame before.

    :param place: Of its row among those of its camera.
    :param value: The flicker, percent.
    """

    place: int
    value: float

    def strip(self, rows: CameraRows) -> list[int]:
        """Name the frames around it that belong to one stretch, itself among them, in order."""
        return rows.stretch(self.place, BEFORE, AFTER)


def worst_moments(rows: CameraRows, column: str, count: int) -> list[Moment]:
    """
    Choose the highest peaks of a figure, the highest first, each of an event of its own.

    :param column: Of the figure. Frames without change are no moments.
    """
    values = np.nan_to_num(rows.figures[column])
    ranks = {place: rank for rank, place in enumerate(rows.segmented)}
    chosen: list[Moment] = []
    for place in np.argsort(-values, kind='stable').tolist():
        if len(chosen) == count or not values[place]:
            break
        others = (other.place for other in chosen)
        if all(
            rows.video[place] != rows.video[other]
            or (
                abs(rows.offset_s[place] - rows.offset_s[other]) >= APART_S
                and abs(ranks[place] - ranks[other]) > BEFORE + AFTER
            )
            for other in others
        ):
            chosen.append(Moment(place, float(values[place])))
    return chosen
