"""Curves over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.report.svg.axes import Axes
from time2general_ros.report.svg.drawing import element
from time2general_ros.report.svg.scale import top_of
from time2general_ros.report.svg.thinning import thinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from time2general_ros.report.svg.thinning import Values


@dataclass(frozen=True)
class Series:
    """
    One curve.

    :param x: In order, float [N].
    :param y: Float [N]; NaN breaks the curve.
    """

    name: str
    x: Values
    y: Values


@dataclass(frozen=True)
class Mark:
    """
    A point of a curve that one can follow to its place on the page.

    :param text: What it is, for those who point at it.
    :param href: Where it leads.
    :param sign: A letter or two beside it.
    """

    x: float
    y: float
    text: str
    href: str
    sign: str = ''


def line_plot(
    series: Sequence[Series],
    size: tuple[int, int],
    labels: tuple[str, str],
    description: str,
    marks: Sequence[Mark] = (),
    **attributes: object,
) -> Markup:
    """
    Draw curves; of long ones each column of pixels keeps its lowest and its highest point.

    :param size: Width and height in pixels.
    :param labels: Of the axes, x and y.
    :param description: For those who do not see it.
    :param attributes: More of the SVG's own.
    """
    values = [float(np.nanmax(one.y)) for one in series if not np.isnan(one.y).all()]
    ends = [float(end) for one in series if len(one.x) for end in (one.x[0], one.x[-1])]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    axes = Axes(size, (low, max(high, low + 1e-9)), (0.0, top_of(values)), *labels)
    curves = [_curve(axes, one, f'line c{number}') for number, one in enumerate(series)]
    # For scripts that tell the time under the pointer.
    span = {
        'data_left': axes.x.start,
        'data_right': axes.x.end,
        'data_low': low,
        'data_high': high,
    }
    inside = [*curves, *_marks(axes, marks)]
    # What holds links is no picture to a screen reader.
    role = 'group' if marks else 'img'
    return axes.draw(description, inside, role=role, **span, **attributes)


def _curve(axes: Axes, one: Series, look: str) -> Markup:
    x, y = thinned(one.x, one.y, int(axes.x.end - axes.x.start))
    words: list[str] = []
    is_broken = np.isnan(y)
    for number in np.flatnonzero(~is_broken).tolist():
        is_first = number == 0 or is_broken[number - 1]
        is_last = number + 1 == len(y) or is_broken[number + 1]
        place = f'{axes.x.at(float(x[number])):.1f} {axes.y.at(float(y[number])):.1f}'
        words.append(f'{"M" if is_first else "L"}{place}')
        if is_first and is_last:
            # A point alone is drawn as a stroke that one can see.
            words.append('m-1.5 0h3')
    return element('path', class_=look, d=''.join(words))


def _marks(axes: Axes, marks: Sequence[Mark]) -> Iterator[Markup]:
    for mark in marks:
        x, y = axes.x.at(mark.x), axes.y.at(mark.y)
        yield element(
            'a',
            element('title', mark.text),
            element('circle', cx=x, cy=y, r=9),
            element('text', mark.sign, x=x, y=y + 4, text_anchor='middle'),
            class_='mark',
            href=mark.href,
            aria_label=mark.text,
        )
