"""The frames of one camera in one memory mode, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CameraRows:
    """
    What happened to each frame, in the order in which they were read; all arrays are [N].

    :param frame: Number of the frame within its topic.
    :param video: Number of its video.
    :param stamp_ns: 0 where there is none.
    :param figures: By column of ``frames.parquet``, percent; NaN where there is none.
    :param answer_ms: From the decoded image to the mask; NaN where nobody measured it.
    :param refused: Why, by place; frames that are missing here were segmented.
    :param reset: Why memory was emptied before a frame, by place.
    """

    frame: Ints
    video: Ints
    stamp_ns: Ints
    offset_s: Floats
    width: Ints
    height: Ints
    figures: Mapping[str, Floats]
    answer_ms: Floats
    refused: Mapping[int, str]
    reset: Mapping[int, str]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frame)

    @cached_property
    def segmented(self) -> list[int]:
        """Places of the frames that were segmented."""
        return [place for place in range(len(self)) if place not in self.refused]

    def stretch(self, place: int, before: int, after: int) -> list[int]:
        """
        Name a segmented frame and those around it that it can be looked at in turn with.

        Refused ones are passed over, as they are by the figures.

        :param before: How many before it, at most.
        :param after: How many after it, at most.
        """
        number = self.segmented.index(place)
        around = self.segmented[max(0, number - before) : number + after + 1]
        first = last = around.index(place)
        while first > 0 and self._follows(around[first - 1], around[first]):
            first -= 1
        while last + 1 < len(around) and self._follows(around[last], around[last + 1]):
            last += 1
        return around[first : last + 1]

    def _follows(self, before: int, now: int) -> bool:
        columns = (self.video, self.width, self.height)
        return all(bool(column[before] == column[now]) for column in columns)


# Columns of one frame that are read only for the few that are shown.
DETAILS = (
    'name',
    'stamp_ns',
    'log_time_ns',
    'class_pixels',
    'flow_pairs',
    'flow_pixels',
    'flow_changed',
)
Details = dict[int, dict[str, Any]]
