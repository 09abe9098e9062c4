"""The frame of a plot: where numbers lie in it, with a grid and what stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from time2general_ros.report.svg.drawing import drawing, element
from time2general_ros.report.svg.scale import Scale, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markupsafe import Markup

LEFT, RIGHT, TOP, BOTTOM = 62, 12, 10, 40
# Pixels between two numbers along an axis, at least.
_X_TICK, _Y_TICK = 54, 34


@dataclass(frozen=True)
class Axes:
    """
    A plot with two axes of numbers.

    :param size: Width and height in pixels.
    :param x_range: Of the numbers along the lower edge.
    :param y_range: Of those along the left edge.
    """

    size: tuple[int, int]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str
    y_label: str

    @cached_property
    def x(self) -> Scale:
        """The numbers from left to right."""
        return Scale(*self.x_range, LEFT, self.size[0] - RIGHT)

    @cached_property
    def y(self) -> Scale:
        """The numbers from bottom to top."""
        return Scale(*self.y_range, self.size[1] - BOTTOM, TOP)

    def draw(self, description: str, inside: Iterable[Markup], **attributes: object) -> Markup:
        """
        Draw the plot.

        :param inside: What stands in it.
        :param attributes: More of the SVG's own.
        """
        return drawing(self.size, description, [*self._around(), *inside], **attributes)

    def _around(self) -> Iterator[Markup]:
        left, right, bottom, top = self.x.start, self.x.end, self.y.start, self.y.end
        for value in self.y.ticks(int((bottom - top) // _Y_TICK)):
            y = self.y.at(value)
            yield element('line', class_='grid', x1=left, x2=right, y1=y, y2=y)
            yield _word(left - 6, y + 4, written(value), 'end')
        yield from lower_edge(self.x, bottom, self.x_label)
        middle = (top + bottom) / 2
        turned = f'rotate(-90 12 {middle:g})'
        yield _word(12, middle, self.y_label, 'middle', transform=turned)


def lower_edge(scale: Scale, y: float, label: str) -> Iterator[Markup]:
    """Draw the axis of the numbers from left to right, 40 pixels high."""
    left, right = scale.start, scale.end
    for value in scale.ticks(int((right - left) // _X_TICK)):
        x = scale.at(value)
        yield element('line', class_='tick', x1=x, x2=x, y1=y, y2=y + 4)
        yield _word(x, y + 17, written(value), 'middle')
    yield element('line', class_='axis', x1=left, x2=right, y1=y, y2=y)
    yield _word((left + right) / 2, y + 35, label, 'middle')


def _word(x: float, y: float, text: str, anchor: str, **attributes: object) -> Markup:
    return element('text', text, x=x, y=y, text_anchor=anchor, **attributes)
