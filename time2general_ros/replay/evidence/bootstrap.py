"""Intervals of differences, by drawing blocks and recordings anew."""

from __future__ import annotations

from dataclasses import dataclass
import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from time2general_ros.replay.evidence.blocks import Blocks
    from time2general_ros.replay.evidence.sums import Sums

    Floats = npt.NDArray[np.float64]
    Figures = dict[str, Floats]

CONFIDENCE = 0.95
DRAWS = 2000
# With fewer recordings intervals would be too narrow if recordings were drawn.
FEWEST_RECORDINGS = 10
_LEAST_FREEDOM = 2
_AT_ONCE = 100


@dataclass(frozen=True)
class Plan:
    """
    What is drawn.

    :param by_recording: Whether recordings are drawn, and blocks inside of each; else blocks
        alone, as many of each recording as it has.
    :param units: How many recordings or blocks are drawn from.
    :param means: How many means are estimated beside: that of each recording, or of all.
    """

    by_recording: bool
    units: int
    means: int

    def widening(self, effective: float) -> float | None:
        """
        Tell by how much intervals are widened; None if there is too little for any.

        Percentiles of few units, or of units that are alike, are too narrow: Student's t takes the
        place of the normal distribution (Hesterberg, The American Statistician 69, 2015).

        :param effective: How many independent blocks the blocks are worth.
        """
        most = self.units - self.means
        if most < _LEAST_FREEDOM:
            return None
        freedom = most if self.by_recording else max(effective - self.means, _LEAST_FREEDOM)
        normal = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
        return math.sqrt(self.units / freedom) * _student(normal, freedom) / normal


def plan(blocks: Blocks) -> Plan:
    """Decide what is drawn."""
    recordings = len(np.unique(blocks.recording))
    if recordings >= FEWEST_RECORDINGS or (recordings > 1 and len(blocks) < 2 * recordings):
        return Plan(by_recording=True, units=recordings, means=1)
    return Plan(by_recording=False, units=len(blocks), means=recordings)


def draws(blocks: Blocks, drawn: Plan, count: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """
    Draw how often each block is taken, [D, N] at a time, ``count`` in all.

    The same seed gives the same draws: two runs are drawn together.
    """
    rng = np.random.default_rng(seed)
    places = [np.flatnonzero(blocks.recording == one) for one in np.unique(blocks.recording)]
    for first in range(0, count, _AT_ONCE):
        size = min(_AT_ONCE, count - first)
        weights = np.zeros((size, len(blocks)), np.int64)
        times = np.ones((size, len(places)), np.int64)
        if drawn.by_recording:
            times = rng.multinomial(len(places), np.full(len(places), 1 / len(places)), size)
        for number, place in enumerate(places):
            odds = np.full(len(place), 1 / len(place))
            weights[:, place] = rng.multinomial(times[:, number] * len(place), odds)
        yield weights


def differences(
    a: Sums, b: Sums, classes: Sequence[str], weights: Iterator[npt.NDArray[np.int64]]
) -> Figures:
    """Compute the differences b - a of all figures in each draw, float64 [D] by name."""
    found = []
    for some in weights:
        first, second = (sums.figures(some, classes) for sums in (a, b))
        found.append({name: second[name] - first[name] for name in first})
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


def interval(
    drawn: Floats, difference: float, widening: float | None
) -> tuple[float, float] | None:
    """
    Give the interval of a difference; None if there is too little for one.

    :param drawn: The difference in each draw, [D]; what is not a number is left out.
    """
    values = drawn[~np.isnan(drawn)]
    if widening is None or len(values) < len(drawn) / 2:
        return None
    ends = np.quantile(values, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    low, high = (difference + widening * (float(end) - difference) for end in ends)
    return min(low, difference), max(high, difference)


def _student(normal: float, freedom: float) -> float:
    """Give the quantile of Student's t for one of the normal distribution (Fisher, Cornish)."""
    z, v = normal, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
