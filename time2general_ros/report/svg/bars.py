"""Bars beside names, and counts over a range."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.svg.axes import Axes
from time2general_ros.report.svg.drawing import drawing, element
from time2general_ros.report.svg.scale import Scale, step_of, top_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]

_ROW, _BAR, _VALUE = 22, 13, 64
# Pixels of a letter, and the share of the width that names may take.
_LETTER, _NAMES = 6.8, 0.45
NOTHING = 'n/a'


@dataclass(frozen=True)
class Bar:
    """
    One name with a value for each series.

    :param values: None where there was nothing to measure.
    :param text: What stands at the end of the first bar; the value itself if there is no text.
    """

    name: str
    values: Sequence[float | None]
    text: str = ''


def bar_plot(
    bars: Sequence[Bar], width: int, description: str, top: float | None = None
) -> Markup:
    """
    Draw bars from left to right, one name below the other.

    :param top: The value of the full width; the highest one if it is not given.
    """
    values = [value for bar in bars for value in bar.values if value is not None]
    letters = min(max((len(bar.name) for bar in bars), default=0), int(_NAMES * width / _LETTER))
    scale = Scale(0.0, top or top_of(values), _LETTER * letters + 10, width - _VALUE)
    series = max((len(bar.values) for bar in bars), default=1)
    height = _ROW + (series - 1) * _BAR
    inside = [
        piece for row, bar in enumerate(bars) for piece in _row(bar, row * height, scale, letters)
    ]
    return drawing((width, max(1, height * len(bars))), description, inside)


def _row(bar: Bar, top: float, scale: Scale, letters: int) -> Iterator[Markup]:
    name = bar.name if len(bar.name) <= letters else f'{bar.name[: letters - 1]}…'
    yield element(
        'text', element('title', bar.name), name, x=scale.start - 8, y=top + 15, text_anchor='end'
    )
    for number, value in enumerate(bar.values):
        y = top + 4 + number * _BAR
        if value is not None:
            length = max(1.0, scale.at(value) - scale.start)
            look = f'bar c{number}'
            yield element(
                'rect', class_=look, x=scale.start, y=y, width=length, height=_BAR - 1, rx=2
            )
        end = scale.start if value is None else max(scale.at(value), scale.start + 1)
        yield element('text', _told(bar, number), x=end + 5, y=y + 11)


def _told(bar: Bar, number: int) -> str:
    value = bar.values[number]
    if value is None:
        return NOTHING
    return bar.text if bar.text and not number else f'{value:.1f}'


def histogram(
    values: Floats,
    size: tuple[int, int],
    labels: tuple[str, str],
    description: str,
    lines: Sequence[tuple[float, str]] = (),
) -> Markup:
    """
    Draw how often values occur; the last bar holds all beyond the 99.5th percentile.

    :param labels: Of the axes, x and y.
    :param lines: Values that are marked, each with a name.
    """
    edges, counts = binned(values)
    axes = Axes(size, (edges[0], edges[-1]), (0.0, top_of([float(n) for n in counts])), *labels)
    inside = []
    for (left, right), count in zip(pairwise(edges), counts, strict=True):
        x, y = axes.x.at(left), axes.y.at(count)
        width = max(0.5, axes.x.at(right) - x - 1)
        told = f'{written(left)} to {written(right)}: {count}'
        rectangle = {'x': x, 'y': y, 'width': width, 'height': axes.y.start - y}
        inside.append(element('rect', element('title', told), class_='bar c0', **rectangle))
    for number, (value, name) in enumerate(lines):
        x = min(axes.x.at(value), axes.x.end)
        inside.append(element('line', class_='limit', x1=x, x2=x, y1=axes.y.end, y2=axes.y.start))
        # One below the other: the values may lie close together.
        inside.append(element('text', name, x=x + 4, y=axes.y.end + 12 + 15 * number))
    return axes.draw(description, inside)


def binned(values: Floats) -> tuple[list[float], list[int]]:
    """Count values between round edges; those beyond the last but one edge are in the last bin."""
    if not len(values):
        return [0.0, 1.0], [0]
    array = values.astype(float)
    low, high = float(array.min()), float(np.percentile(array, 99.5))
    step = step_of(max((high - low) / 40, abs(high) * 1e-3, 1e-9))
    first = int(np.floor(low / step))
    last = max(first + 1, int(np.ceil(high / step)))
    bins = np.clip((array / step).astype(int) - first, 0, last - first - 1)
    counts = np.bincount(bins, minlength=last - first)
    return [number * step for number in range(first, last + 1)], [int(n) for n in counts]
