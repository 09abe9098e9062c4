"""One figure in two runs, and whether its difference counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """
    A figure in two runs, in percent.

    :param interval: Of the difference b - a; None if there is too little to say.
    :param least: Smaller differences do not count.
    :param floor: The largest difference between two runs of the same; smaller ones do not count.
    :param better: 1 if more is better, -1 if less is, 0 if neither is.
    """

    a: float | None
    b: float | None
    difference: float | None
    interval: tuple[float, float] | None
    least: float
    floor: float
    better: int

    @property
    def shown(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]

    @property
    def detectable(self) -> float | None:
        """The smallest change that this much data could have shown, in percentage points."""
        if self.interval is None or self.difference is None:
            return None
        low, high = self.interval
        return max(high - self.difference, self.difference - low)

    @property
    def counts(self) -> bool:
        """Whether there is evidence, and an effect large enough."""
        if self.difference is None:
            return False
        return self.shown and abs(self.difference) >= max(self.least, self.floor)

    @property
    def verdict(self) -> str:
        """Say it in a word."""
        if self.difference is None:
            return 'n/a'
        if self.difference == 0 and self.interval == (0, 0):
            return 'equal'
        if not self.counts:
            return 'too small' if self.shown else 'not shown'
        if not self.better:
            return 'differs'
        return 'better' if self.difference * self.better > 0 else 'worse'
