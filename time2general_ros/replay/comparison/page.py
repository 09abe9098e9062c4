"""The page of a comparison, with its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.replay.comparison.metrics import metric
from time2general_ros.replay.comparison.pictures import look
from time2general_ros.report.compare_page import flip_frame, write_compare_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from time2general_ros.replay.comparison.compare import Comparison

# Of some 100 kB each.
_FRAMES = 48


def write_comparison(path: Path, compared: Comparison, described: Mapping[str, Any]) -> None:
    """
    Write the page of a comparison; recordings are read once more.

    :param described: As :func:`.document.document` gives it.
    :raises ReportError: if it cannot be written.
    :raises Time2GeneralError: if the masks of a run cannot be read.
    """
    seen, notes = look(compared, _FRAMES)
    colours = np.zeros((256, 3), np.uint8)
    listed = compared.a.results['scored']['colours']
    colours[: len(listed)] = listed
    frames = [
        flip_frame(
            {
                'recording': one.recording,
                'topic': one.topic,
                'frame': one.frame,
                'time': one.offset_s,
                'gap': one.gap,
                'worst': one.is_worst,
            },
            one.image,
            one.a,
            one.b,
            colours,
        )
        for one in seen
    ]
    headings = {name: metric(name).heading for name in compared.metrics}
    write_compare_page(path, described, frames, headings, notes)
