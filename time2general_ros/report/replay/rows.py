"""The frames of one camera in one memory mode, column by column."""

from __future__ import annotations

from dataclasses import dataclass
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

    @property
    def segmented(self) -> list[int]:
        """Places of the frames that were segmented."""
        return [place for place in range(len(self)) if place not in self.refused]

    def follows(self, place: int) -> bool:
        """Tell whether a frame and the one before can be looked at in turn."""
        before = place - 1
        return (
            before >= 0
            and not {before, place} & self.refused.keys()
            and bool(self.video[before] == self.video[place])
            and bool(self.width[before] == self.width[place])
            and bool(self.height[before] == self.height[place])
        )


# Columns of one frame that are read only for the few that are shown.
DETAILS = ('name', 'stamp_ns', 'class_pixels', 'flow_pairs')
Details = dict[int, dict[str, Any]]
