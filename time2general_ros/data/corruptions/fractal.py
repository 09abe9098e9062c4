"""Fractal noise: clouds, fog and frost."""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def fractal_noise(
    height: int, width: int, decay: float, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """
    Add up random grids, each twice as fine as the one before.

    The sum of linearly interpolated grids is what the diamond-square algorithm (Fournier, Fussell
    and Carpenter, 1982) makes point by point, for any size of image.

    :param decay: How many times weaker each finer grid is; less is rougher.
    :returns: float32 [H, W] from 0 to 1.
    """
    side = max(height, width)
    total = np.zeros((height, width), np.float32)
    for octave in range(ceil(log2(side)) + 1):
        cell = ceil(side / 2**octave)
        shape = ceil(height / cell) + 1, ceil(width / cell) + 1
        grid = random.uniform(-1, 1, shape).astype(np.float32)
        fine = _between(_between(grid.T, cell, width).T, cell, height)
        cv2.scaleAdd(fine, decay**-octave, total, total)
    return stretch(total)


def _between(grid: npt.NDArray[np.float32], cell: int, count: int) -> npt.NDArray[np.float32]:
    """
    Interpolate the rows of a grid [N, ...] from the first one on, ``cell`` rows a step.

    Only those that are asked for: the whole grid of a long and narrow image would be a square.

    :returns: float32 [count, ...], contiguous.
    """
    place = (np.arange(count) + cell // 2 + 0.5) / cell - 0.5
    row = place.astype(np.intp)
    share = (place - row).astype(np.float32)[:, None]
    below = grid[row]
    return np.ascontiguousarray(below + share * (grid[row + 1] - below))


def stretch(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Map the smallest value to 0 and the largest to 1; all to 0 where they are equal."""
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / max(high - low, 1e-9), np.float32)
