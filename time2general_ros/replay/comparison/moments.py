"""The frames at which two runs differ most, and a sample of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.replay.comparison.sums import series

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.replay.comparison.compare import Comparison

# Neighbours of one peak are one event.
_APART_S = 1.0
_WORST = 12


def moments(
    compared: Comparison, count: int
) -> tuple[list[int], set[int], npt.NDArray[np.float64]]:
    """
    Choose rows of a comparison.

    :param count: At most so many.
    :returns: The rows in order; those that differ most; and the difference of each row in the
        flicker of its frame, in percentage points, not a number where there is none.
    """
    pair = compared.pair
    gaps = flickers(pair.b) - flickers(pair.a)
    sizes = np.where(pair.shared, np.nan_to_num(np.abs(gaps)), 0.0)
    worst: list[int] = []
    for row in np.argsort(-sizes, kind='stable').tolist():
        if len(worst) == _WORST or not sizes[row]:
            break
        near = (
            pair.camera[row] == pair.camera[other]
            and abs(pair.time_s[row] - pair.time_s[other]) < _APART_S
            for other in worst
        )
        if not any(near):
            worst.append(row)
    free = np.flatnonzero(pair.shared)
    places = np.linspace(0, len(free) - 1, min(len(free), count - len(worst))).astype(np.int64)
    return sorted({*worst, *free[places].tolist()}), set(worst), gaps


def flickers(table: Any) -> npt.NDArray[np.float64]:
    """Give the flicker of each frame in percent: along the flow, or else against labels."""
    along = series(table, 'flow_flicker')
    return along if not np.isnan(along).all() else series(table, 'flicker')
