"""Fewer points of a curve, with every peak kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Values = npt.NDArray[np.float64]


def thinned(x: Values, y: Values, columns: int) -> tuple[Values, Values]:
    """
    Keep of each column of a plot the lowest and the highest point, in their order.

    :param x: In order, [N].
    :param y: [N]; NaN is a break, which stays one.
    :param columns: Columns of the plot; up to twice as many points are left as they are.
    """
    if len(x) <= 2 * columns:
        return x, y
    width = (x[-1] - x[0]) / columns or 1.0
    places = np.minimum(columns - 1, ((x - x[0]) / width).astype(int))
    borders = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist(), len(x)]
    kept = np.array(sorted(n for start, end in pairwise(borders) for n in _kept(y, start, end)))
    return x[kept], y[kept]


def _kept(y: Values, start: int, end: int) -> set[int]:
    part = y[start:end]
    breaks = np.isnan(part)
    # One break is as good as many.
    kept = {start + int(breaks.argmax())} if breaks.any() else set()
    if not breaks.all():
        kept |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
    return kept
