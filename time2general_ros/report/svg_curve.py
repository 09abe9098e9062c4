"""Curves as pieces of SVG: what a template needs to draw one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 420, 180
# Around the drawing, for the numbers.
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 26
TICKS = 4


@dataclass(frozen=True)
class Curve:
    """
    Points of one line, in order.

    :param title: What is drawn; across: what the horizontal axis counts.
    """

    title: str
    across: str
    points: Sequence[tuple[float, float]]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing."""
        return WIDTH, HEIGHT

    @property
    def line(self) -> str:
        """The points as those of a polyline."""
        return ' '.join(f'{self._x(x):.1f},{self._y(y):.1f}' for x, y in self.points)

    @property
    def dots(self) -> list[tuple[float, float, str]]:
        """Place and text of each point, if they are few."""
        few = self.points if len(self.points) <= 40 else []
        return [(round(self._x(x), 1), round(self._y(y), 1), f'{x:g}: {y:.2f}') for x, y in few]

    @property
    def rows(self) -> list[tuple[float, str]]:
        """Height and text of the horizontal lines."""
        low, high = self._range(1)
        values = [low + (high - low) * i / TICKS for i in range(TICKS + 1)]
        return [(round(self._y(value), 1), f'{value:.3g}') for value in values]

    @property
    def columns(self) -> list[tuple[float, str]]:
        """Place and text of the ends of the horizontal axis."""
        return [(round(self._x(value), 1), f'{value:g}') for value in self._range(0)]

    def _range(self, axis: int) -> tuple[float, float]:
        values = [point[axis] for point in self.points] or [0.0]
        low, high = min(values), max(values)
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def _x(self, value: float) -> float:
        low, high = self._range(0)
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def _y(self, value: float) -> float:
        low, high = self._range(1)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)
