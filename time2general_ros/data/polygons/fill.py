"""Which pixels an outline covers: the one rule by which polygons become label maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ring = npt.NDArray[np.float64]


def fill(rings: Sequence[Ring], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """
    Find the pixels whose centres lie in one of the rings.

    The pixel in column c and row r reaches from c to c + 1 and from r to r + 1: its centre is at
    (c + 0.5, r + 0.5). No vertex is rounded. A centre on a left or upper edge is inside, on a
    right or lower one outside, so that neighbours share no pixel and leave none out. A ring that
    crosses itself, or comes back along itself to cut out a hole, is filled where it is gone around
    an odd number of times. Several rings are added up; no ring cuts a hole into another.

    :param rings: Each the x and y of its corners, [N, 2]; the last is joined to the first.
    :param size: Height and width.
    :returns: [H, W].
    """
    covered = np.zeros(size, np.bool_)
    for ring in rings:
        _add(covered, np.asarray(ring, np.float64))
    return covered


def _add(covered: npt.NDArray[np.bool_], ring: Ring) -> None:
    """Fill one ring in the part of the map that it spans."""
    height, width = covered.shape
    first, last = _first_centres(np.stack([ring.min(axis=0), ring.max(axis=0)]), (width, height))
    left, top = first
    right, bottom = last
    if left == right or top == bottom:
        return
    start, end = ring, np.roll(ring, -1, axis=0)
    begins = _first_centres(np.minimum(start, end), (width, height))[:, 1]
    ends = _first_centres(np.maximum(start, end), (width, height))[:, 1]
    rows_of_edge = ends - begins
    edge = np.repeat(np.arange(len(ring)), rows_of_edge)
    before = np.cumsum(rows_of_edge) - rows_of_edge
    row = np.arange(len(edge)) - before[edge] + begins[edge]
    (x0, y0), (x1, y1) = start[edge].T, end[edge].T
    x = x0 + (row + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
    column = np.clip(np.ceil(x - 0.5), left, right).astype(np.int64)
    # Each crossing turns the rest of its row over.
    span = right - left + 1
    crossings = np.bincount((row - top) * span + column - left, minlength=(bottom - top) * span)
    odd = (crossings % 2).astype(np.bool_).reshape(-1, span)
    covered[top:bottom, left:right] |= np.logical_xor.accumulate(odd, axis=1)[:, :-1]


def _first_centres(
    points: npt.NDArray[np.float64], limits: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Find the first column and row whose centres are at or after points [N, 2]."""
    return np.clip(np.ceil(points - 0.5), 0, limits).astype(np.int64)
