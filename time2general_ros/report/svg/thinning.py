"""Fewer points of a curve, with every peak kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Point = tuple[float, float | None]


def thinned(points: Sequence[Point], columns: int) -> list[Point]:
    """
    Keep of each column of a plot the lowest and the highest point, in their order.

    :param points: x and y in order of x; a y of None is a break, which stays one.
    :param columns: Columns of the plot; up to twice as many points are left as they are.
    """
    if len(points) <= 2 * columns:
        return list(points)
    first, last = points[0][0], points[-1][0]
    width = (last - first) / columns or 1.0
    places = [min(columns - 1, int((x - first) / width)) for x, _ in points]
    borders = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist(), len(points)]
    kept: list[Point] = []
    for start, end in pairwise(borders):
        kept += _extremes(points[start:end])
    return kept


def _extremes(points: Sequence[Point]) -> list[Point]:
    values = [(value, number) for number, (_, value) in enumerate(points) if value is not None]
    chosen = {min(values)[1], max(values)[1]} if values else set()
    breaks = [number for number, (_, value) in enumerate(points) if value is None]
    # One break is as good as many.
    return [points[number] for number in sorted({*chosen, *breaks[:1]})]
