"""The frames at which two runs differ most, and a sample of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from time2general_ros.replay.evidence.sums import entries_of, series

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.pairing import Pair

    Floats = npt.NDArray[np.float64]

# Neighbours of one peak are one event.
_APART_S = 1.0
# By flicker, and by accuracy where there are labels.
_WORST, _WORST_LABELLED = 12, 6


class Moments(NamedTuple):
    """
    Rows of a comparison.

    :param rows: Those that differ most and some others, in order.
    :param worst: Those of them that differ most.
    :param gaps: How much more of each frame flickers in b than in a, in percentage points, float64
        [N]; not a number where that was not measured.
    """

    rows: list[int]
    worst: set[int]
    gaps: Floats


def moments(compared: Comparison, count: int) -> Moments:
    """
    Choose rows of a comparison.

    :param count: At most so many; fewer only if the worst are fewer too.
    """
    pair = compared.pair
    gaps = np.where(pair.shared, flickers(pair.b) - flickers(pair.a), np.nan)
    worst: list[int] = []
    for sizes, most in ((gaps, _WORST), (_gains(pair), _WORST_LABELLED)):
        worst += _peaks(pair, np.nan_to_num(np.abs(sizes)), worst, most)
    free = np.flatnonzero(pair.shared)
    more = max(0, min(len(free), count - len(worst)))
    places = np.linspace(0, len(free) - 1, more).astype(np.int64)
    return Moments(sorted({*worst, *free[places].tolist()}), set(worst), gaps)


def flickers(table: Any) -> Floats:
    """Give the flicker of each frame in percent: along the flow, or else against labels."""
    along = series(table, 'flow_flicker')
    return along if not np.isnan(along).all() else series(table, 'flicker')


def _gains(pair: Pair) -> Floats:
    """Tell how many more of the pixels of each frame are right in b than in a, float64 [N]."""
    right = []
    for table in (pair.a, pair.b):
        of, entries = entries_of(table['confusion'], np.arange(len(table)))
        is_right = entries['truth'] == entries['prediction']
        right.append(np.bincount(of[is_right], entries['pixels'][is_right], len(table)))
    return np.where(pair.shared, right[1] - right[0], 0.0)


def _peaks(pair: Pair, sizes: Floats, known: list[int], most: int) -> list[int]:
    """Find the rows with the largest sizes, apart from each other and from known ones."""
    found: list[int] = []
    for row in np.argsort(-sizes, kind='stable').tolist():
        if len(found) == most or not sizes[row]:
            break
        near = (
            pair.camera[row] == pair.camera[other]
            and abs(pair.time_s[row] - pair.time_s[other]) < _APART_S
            for other in (*known, *found)
        )
        if not any(near):
            found.append(row)
    return found
