"""The page of a comparison: figures with intervals, and a flip between two runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.report.page import (
    MINUS,
    Plot,
    Table,
    drawn,
    figure,
    hexadecimal,
    signed,
    write_page,
)
from time2general_ros.report.pictures import CHANGED, photo, shrunk, tint
from time2general_ros.report.replay.curves import HEIGHT, TIME, stretches
from time2general_ros.report.svg.lines import Mark, Series, line_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

_WIDTH = 480
_FIGURE = ('figure, %', 'verdict')


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
    facts: Mapping[str, Any], image: Pixels | None, a: Pixels, b: Pixels, colours: Pixels
) -> dict[str, Any]:
    """
    Make what the page shows of a frame.

    :param facts: ``recording``, ``topic``, ``frame``, ``time``, ``gap`` and ``worst``.
    :param image: RGB, uint8 [H, W, 3]; None without one.
    :param a: Class ids, uint8 [H, W]; b: those of the other run.
    :param colours: RGB, uint8 [256, 3].
    """
    differs = a != b
    picture = np.full((*a.shape, 3), 40, np.uint8) if image is None else image
    marked = np.where(differs, 0, UNLABELLED).astype(np.uint8)
    marks = np.zeros((256, 3), np.uint8)
    marks[0] = CHANGED
    return {
        **facts,
        'differs': round(100.0 * float(differs.mean()), 3),
        'image': photo(shrunk(picture, _WIDTH)),
        'a': tint(shrunk(a, _WIDTH), colours),
        'b': tint(shrunk(b, _WIDTH), colours),
        'marks': tint(shrunk(marked, _WIDTH), marks),
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
        a, b = (float(values[index]) for values in runs)
        told = f'{number}: at {time_s[index]:.3f} s flicker {a:.2f} % in A, {b:.2f} % in B'
        marks.append(Mark(float(time_s[index]), max(a, b), told, f'#at-{place}', str(number)))
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
        a=_about(a),
        b=_about(b),
        document=document,
        metrics=_metrics(document['metrics'], headings),
        recordings=_recordings(document['recordings'], headings),
        warnings=[*document['warnings'], *flip.notes],
        limits=[f'{text}: {verdict}' for text, verdict in document['limits'].items()],
        frames=flip.frames,
        curves=flip.curves,
        classes=[(name, hexadecimal(colour)) for name, colour in flip.classes],
    )


def _about(run: Mapping[str, Any]) -> list[tuple[str, object]]:
    model = run['model']
    size = 'x'.join(map(str, model['input_size'] or ()))
    return [
        ('Results', run['path']),
        ('Run', run['run_id']),
        ('Memory', run['memory']),
        ('Model', model['name']),
        ('Engine', f'{model["engine"]}, {model["precision"]}'),
        ('Input, height x width', size),
        ('Written by', run['written_by']),
    ]


def _metrics(metrics: Mapping[str, Mapping[str, Any]], headings: Mapping[str, str]) -> Table:
    return Table(
        (
            'figure, %',
            'verdict',
            f'B {MINUS} A',
            'from',
            'to',
            'A',
            'B',
            'could be shown',
            'least that counts',
        ),
        [
            (
                headings[name],
                one['verdict'],
                *(signed(one[key]) for key in ('difference', 'low', 'high')),
                *(figure(one[key]) for key in 'ab'),
                figure(one['detectable']),
                figure(max(one['least'], one['floor'])),
            )
            for name, one in metrics.items()
            if one['a'] is not None or one['b'] is not None
        ],
    )


def _recordings(
    recordings: Mapping[str, Mapping[str, Mapping[str, Any]]], headings: Mapping[str, str]
) -> Table:
    """Lay out the differences of each recording alone, the largest of the first figure first."""
    measured = [
        name
        for name in headings
        if any(figures[name]['difference'] is not None for figures in recordings.values())
    ]
    ordered = sorted(
        recordings.items(), key=lambda one: -abs(one[1][measured[0]]['difference'] or 0.0)
    )
    return Table(
        (f'B {MINUS} A, percentage points', *(headings[name] for name in measured)),
        [
            (name, *(signed(figures[key]['difference']) for key in measured))
            for name, figures in ordered
        ],
    )
