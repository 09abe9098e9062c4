"""Which drives to keep aside for validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.videos import NAMELESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.data.survey.survey import DriveFacts

TRIALS = 2000
# A class that one side lacks weighs more than any imbalance.
LACKING = 10.0
BY_HAND = '; stills that have nothing to do with the others may be moved to val by hand'


def propose_val(drives: Mapping[str, DriveFacts], share: float) -> list[str]:
    """
    Choose whole drives that hold about a share of the labelled frames, and of each class.

    The same drives give the same choice.

    :param share: Between 0 and 1.
    :returns: The drives to keep aside, by name; the others are learned from.
    :raises DataError: if fewer than two drives have labels.
    """
    names = sorted(name for name, facts in drives.items() if facts.labelled)
    if not names:
        raise DataError('no frame has labels; there is nothing to split')
    if len(names) == 1:
        by_hand = names[0] == NAMELESS and drives[NAMELESS].longest == 1
        raise DataError(
            f'all labelled frames are of one drive, {names[0]!r} by their names, and neighbours '
            'are no test of each other; record another drive, or put the frames of each into a '
            f'folder of its own below images/{BY_HAND if by_hand else ""}'
        )
    frames = np.array([drives[name].labelled for name in names], float)
    pixels = np.array([drives[name].pixels for name in names], float)
    rng = np.random.default_rng(0)
    best: tuple[float, tuple[int, ...]] | None = None
    for _ in range(TRIALS):
        chosen = _draw(rng, frames, share)
        cost = _cost(frames, pixels, chosen, share)
        if best is None or cost < best[0]:
            best = cost, chosen
    return [names[i] for i in best[1]] if best else []


def _draw(
    rng: np.random.Generator, frames: npt.NDArray[np.float64], share: float
) -> tuple[int, ...]:
    """Take drives in a random order until they hold the share; never all of them."""
    order = rng.permutation(len(frames))
    held = np.cumsum(frames[order]) / frames.sum()
    count = int(np.searchsorted(held, share)) + 1
    return tuple(sorted(order[: min(count, len(frames) - 1)].tolist()))


def _cost(
    frames: npt.NDArray[np.float64],
    pixels: npt.NDArray[np.float64],
    chosen: Sequence[int],
    share: float,
) -> float:
    aside = np.zeros(len(frames), np.bool_)
    aside[list(chosen)] = True
    # Classes that a single drive has can be on one side only.
    common = (pixels > 0).sum(axis=0) > 1
    held, left = pixels[aside].sum(axis=0)[common], pixels[~aside].sum(axis=0)[common]
    lacking = ((held == 0) | (left == 0)).sum()
    imbalance = np.abs(held / (held + left) - share).mean() if common.any() else 0.0
    return float(abs(frames[aside].sum() / frames.sum() - share) + imbalance + LACKING * lacking)
