"""The page of a comparison: figures with intervals, and a flip between two runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.compare_tables import (
    changed_classes_table,
    changed_table,
    facts_of_run,
    metrics_table,
    recordings_table,
    tags_table,
)
from time2general_ros.report.page import (
    Plot,
    drawn,
    figure,
    hexadecimal,
    write_page,
)
from time2general_ros.report.pictures import CHANGED, SPARED, photo, shrunk, tint
from time2general_ros.report.replay.curves import HEIGHT, TIME, stretches
from time2general_ros.report.svg.lines import Mark, Series, line_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

_WIDTH = 480
# Names and colours of what became of pixels that differ, told apart by everybody.
KINDS = (
    ('fixed: right in B alone', SPARED),
    ('broken: right in A alone', CHANGED),
    ('other: wrong in both, or void', (235, 235, 235)),
    ('differs: no labels here', (235, 225, 90)),
)


@dataclass(frozen=True)
class FlipPage:
    """
    What is shown of the frames of two runs.

    :param frames: See :func:`flip_frame`.
    :param curves: See :func:`flicker_curve`.
    :param classes: Names and colours (red, green, blue) of what is in the masks.
    :param notes: What is missing.
    """

    frames: Sequence[Mapping[str, Any]]
    curves: Sequence[Plot]
    classes: Sequence[tuple[str, Sequence[int]]]
    notes: Sequence[str]


def flip_frame(
    facts: Mapping[str, Any],
    image: Pixels | None,
    masks: tuple[Pixels, Pixels],
    kinds: Pixels,
    colours: Pixels,
) -> dict[str, Any]:
    """
    Make what the page shows of a frame.

    :param facts: ``recording``, ``topic``, ``frame``, ``time``, ``gap``, ``worst``, ``direction``,
        ``differs``, ``fixed``, ``broken`` and ``other``, the last ones in percent of its pixels.
    :param image: RGB, uint8 [H, W, 3]; None without one.
    :param masks: Class ids of A and of B, uint8 [H, W] each.
    :param kinds: What became of pixels that differ, places in :data:`KINDS`, uint8 [H, W]; 255
        where none does.
    :param colours: RGB, uint8 [256, 3].
    """
    a, b = masks
    picture = np.full((*a.shape, 3), 40, np.uint8) if image is None else image
    marks = np.zeros((256, 3), np.uint8)
    marks[: len(KINDS)] = [colour for _, colour in KINDS]
    return {
        **facts,
        'told': _told(facts),
        'image': photo(shrunk(picture, _WIDTH)),
        'a': tint(shrunk(a, _WIDTH), colours),
        'b': tint(shrunk(b, _WIDTH), colours),
        'marks': tint(shrunk(kinds, _WIDTH), marks),
    }


def flicker_curve(
    name: str,
    time_s: npt.NDArray[np.float64],
    runs: Sequence[npt.NDArray[np.float64]],
    worst: Mapping[int, int],
) -> Plot:
    """
    Draw the flicker of two runs over one recording.

    :param name: Of the recording and topic.
    :param time_s: Of each frame, float [N].
    :param runs: Flicker of each frame of A and B in percent, float [N]; not a number where there
        is none.
    :param worst: Frames that differ most, as indices of them, with their places on the page.
    """
    series = [Series(run, time_s, values) for run, values in zip('AB', runs, strict=True)]
    marks = []
    for number, (index, place) in enumerate(worst.items(), 1):
        both = [None if np.isnan(values[index]) else float(values[index]) for values in runs]
        a, b = (figure(value, '%') for value in both)
        told = f'{number}: at {time_s[index]:.3f} s flicker {a} in A, {b} in B'
        top = max((value for value in both if value is not None), default=0.0)
        marks.append(Mark(float(time_s[index]), top, told, f'#at-{place}', str(number)))
    told = f'Flicker of both runs over {name}, {len(time_s)} frames'
    drawings = drawn(
        lambda width: line_plot(series, (width, HEIGHT), (TIME, 'flicker, %'), told, marks)
    )
    rule = (
        'Share of followed pixels whose class changed since the frame before; against labels '
        'where it was not measured along the flow. Numbers mark the frames that differ most, and '
        'lead to them.'
    )
    return Plot(name, drawings, rule, stretches(series), [one.name for one in series])


def write_compare_page(
    path: Path, document: Mapping[str, Any], headings: Mapping[str, str], flip: FlipPage
) -> None:
    """
    Write the page of one comparison.

    :param document: As ``compare --json`` writes it.
    :param headings: Of the figures.
    :raises ReportError: if it cannot be written.
    """
    a, b = document['baseline'], document['run']
    write_page(
        path,
        'compare.html',
        title=f'{b["path"]} against {a["path"]}',
        a=facts_of_run(a),
        b=facts_of_run(b),
        document=document,
        metrics=metrics_table(document['metrics'], headings),
        tags=tags_table(document['tags'], headings),
        recordings=recordings_table(document['recordings'], headings),
        changes=document['changes'],
        changed=changed_table(document['changes'], document['steadiness']),
        changed_classes=changed_classes_table(document['changes']),
        kinds=[(name, hexadecimal(colour)) for name, colour in KINDS],
        warnings=[*document['warnings'], *flip.notes],
        limits=[f'{text}: {verdict}' for text, verdict in document['limits'].items()],
        frames=flip.frames,
        curves=flip.curves,
        classes=[(name, hexadecimal(colour)) for name, colour in flip.classes],
    )


def _told(facts: Mapping[str, Any]) -> str:
    """Say what became of the pixels of a frame that differ."""
    if facts['direction'] is None:
        return 'no pixel differs'
    told = f'{figure(facts["differs"], "%")} of pixels differ'
    if facts['fixed'] is None:
        return f'{told}; no labels here, so whether B is right is unknown'
    shares = ', '.join(f'{figure(facts[kind])} % {kind}' for kind in ('fixed', 'broken', 'other'))
    return f'{told}: {shares}'
