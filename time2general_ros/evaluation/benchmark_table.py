"""The rows of a benchmark as a table of settings against figures, with means over corruptions."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from time2general_ros.evaluation.cells import CLEAN, Cell, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

FIGURES = (
    *('miou', 'boundary_iou', 'flicker', 'vc8', 'vc16', 'vc8_correct', 'vc16_correct'),
    *('tc', 'flow_flicker'),
)
HEADINGS = {
    'miou': 'mIoU',
    'boundary_iou': 'boundary IoU',
    'flicker': 'flicker',
    'vc8': 'VC-8',
    'vc8_correct': 'VC-8-correct',
}
Figures = dict[str, float | None]


@dataclass(frozen=True)
class Line:
    """
    One line of the table: a setting, and its figures at every stride.

    :param corruption: ``NAME:SEVERITY``, ``none``, or what the mean is taken over.
    :param by_stride: The :data:`FIGURES` in percent.
    """

    data: str
    corruption: str
    memory: str
    by_stride: dict[int, Figures]
    is_mean: bool = False


def tabulate(rows: Sequence[Row]) -> list[Line]:
    """
    Put the strides of a setting into one line, and add means over the corruptions.

    The clean images come first, then the mean of each severity, then the corruptions.
    """
    settings = dict.fromkeys((row.cell.data, row.cell.corruption, row.cell.memory) for row in rows)
    lines = [Line(*setting, by_stride=_strides(rows, *setting)) for setting in settings]
    ordered: list[Line] = []
    for data in dict.fromkeys(line.data for line in lines):
        of_data = [line for line in lines if line.data == data]
        corrupted = [line for line in of_data if line.corruption != CLEAN]
        ordered += [line for line in of_data if line.corruption == CLEAN]
        ordered += [*_means(corrupted), *corrupted]
    return ordered


def unscored(lines: Sequence[Line]) -> list[str]:
    """Name the data of which no line has any figure."""
    scored = {
        line.data
        for line in lines
        if any(figure is not None for part in line.by_stride.values() for figure in part.values())
    }
    return sorted({line.data for line in lines} - scored)


def _strides(rows: Sequence[Row], data: str, corruption: str, memory: str) -> dict[int, Figures]:
    return {
        row.cell.stride: {key: row.figures[key] for key in FIGURES}
        for row in rows
        if row.cell == Cell(data, corruption, row.cell.stride, memory)
    }


def _means(corrupted: Sequence[Line]) -> list[Line]:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in corrupted:
        severity = line.corruption.partition(':')[2]
        groups.setdefault((severity, line.memory), []).append(line)
    return [
        Line(
            lines[0].data,
            f'mean of {len(lines)}, severity {severity}',
            memory,
            {stride: _mean(lines, stride) for stride in lines[0].by_stride},
            is_mean=True,
        )
        for (severity, memory), lines in groups.items()
        if len(lines) > 1
    ]


def _mean(lines: Sequence[Line], stride: int) -> Figures:
    means: Figures = {}
    for key in FIGURES:
        known = [v for line in lines if (v := line.by_stride[stride][key]) is not None]
        # A mean over some of the corruptions could not be compared with one over all of them.
        means[key] = round(fmean(known), 4) if len(known) == len(lines) else None
    return means


def headings(lines: Sequence[Line]) -> list[str]:
    """Name the columns of :func:`cells`; those with several figures name the strides."""
    strides = ' / '.join(map(str, lines[0].by_stride))
    return ['corruption', 'memory', *(f'{name} at {strides}' for name in HEADINGS.values())]


def cells(line: Line) -> list[str]:
    """Write the figures of a line for people, those of all strides in one cell."""
    columns = [
        ' / '.join(show(line.by_stride[s][key]) for s in line.by_stride) for key in HEADINGS
    ]
    return [line.corruption, line.memory, *columns]


def show(figure: float | None) -> str:
    """Write a figure, ``-`` if there is none."""
    return '-' if figure is None else f'{figure:.2f}'


def markdown_row(columns: Sequence[str]) -> str:
    """Write a row of a table."""
    return f'| {" | ".join(columns)} |'


def records(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Give one flat record for every line and stride, for programs."""
    return [
        {
            'data': line.data,
            'corruption': line.corruption,
            'stride': stride,
            'memory': line.memory,
            **figures,
        }
        for line in lines
        for stride, figures in line.by_stride.items()
    ]
