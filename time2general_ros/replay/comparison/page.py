"""The page of a comparison, with its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.replay.comparison.changes import change_of, kinds_of
from time2general_ros.replay.comparison.changes_document import change_facts
from time2general_ros.replay.comparison.moments import flickers
from time2general_ros.replay.comparison.pictures import look
from time2general_ros.replay.evidence.metrics import metric
from time2general_ros.report.compare_page import (
    FlipPage,
    flicker_curve,
    flip_frame,
    write_compare_page,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from time2general_ros.replay.comparison.changes import Changes, FrameChange
    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.moments import Moments
    from time2general_ros.replay.comparison.pictures import Seen
    from time2general_ros.report.page import Plot

# Recordings whose flicker is drawn.
_CURVES = 4


def write_comparison(
    path: Path,
    compared: Comparison,
    described: Mapping[str, Any],
    chosen: Moments,
    changes: Changes,
) -> None:
    """
    Write the page of a comparison; recordings are read once more.

    :param described: As :func:`.document.document` gives it.
    :param chosen: The frames that are shown.
    :param changes: As :func:`.changes.find_changes` gives them of these.
    :raises ReportError: if it cannot be written.
    :raises Time2GeneralError: if the masks of a run cannot be read.
    """
    seen, notes = look(compared, chosen)
    colours = np.zeros((256, 3), np.uint8)
    listed = compared.a.results['scored']['colours']
    colours[: len(listed)] = listed
    frames = [
        flip_frame(
            _facts(one, chosen, change_of(kinds, has_labels=one.row in changes.labels)),
            one.image,
            (one.a, one.b),
            kinds,
            colours,
        )
        for one in seen
        for kinds in [kinds_of(one.a, one.b, changes.labels.get(one.row))]
    ]
    headings = {name: metric(name).heading for name in compared.whole.metrics}
    classes = [*zip(compared.a.classes, listed, strict=True)]
    curves = [*_curves(compared, seen, chosen)]
    notes += changes.notes
    write_compare_page(path, described, headings, FlipPage(frames, curves, classes, notes))


def _facts(one: Seen, chosen: Moments, change: FrameChange) -> dict[str, Any]:
    gap = float(chosen.gaps[one.row])
    return {
        'recording': one.recording,
        'topic': one.topic,
        'frame': one.frame,
        'time': one.offset_s,
        'gap': None if np.isnan(gap) else gap,
        'worst': one.row in chosen.worst,
        **change_facts(change),
    }


def _curves(compared: Comparison, seen: Sequence[Seen], chosen: Moments) -> Iterator[Plot]:
    """Draw the recordings with the frames that differ most."""
    pair = compared.pair
    runs = [flickers(pair.a), flickers(pair.b)]
    order = {one.row: place for place, one in enumerate(seen) if one.row in chosen.worst}
    cameras = [*dict.fromkeys(pair.camera[row] for row in order)]
    for camera in cameras[:_CURVES]:
        rows = np.flatnonzero(pair.camera == camera)
        worst = {
            int(np.searchsorted(rows, row)): place
            for row, place in order.items()
            if pair.camera[row] == camera
        }
        first = next(one for one in seen if pair.camera[one.row] == camera)
        name = f'{first.recording}, {first.topic}'
        yield flicker_curve(name, pair.time_s[rows], [values[rows] for values in runs], worst)
