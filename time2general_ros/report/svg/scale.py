"""Numbers along an axis: where they lie, and which of them are written beside it."""

from __future__ import annotations

from dataclasses import dataclass
import math

_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """
    A stretch of numbers along a stretch of pixels.

    :param start: Where ``low`` lies.
    :param end: Where ``high`` lies.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a number lies."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int) -> list[float]:
        """Choose about so many round numbers within."""
        span = self.high - self.low
        if span <= 0 or not math.isfinite(span):
            return [self.low]
        step = step_of(span / max(1, count))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def step_of(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return power * next(step for step in _STEPS if step * power >= least * (1 - 1e-9))


def top_of(values: list[float]) -> float:
    """Return a round number above all of some that are not negative; 1 if there are none."""
    highest = max((value for value in values if math.isfinite(value)), default=0.0)
    if highest <= 0:
        return 1.0
    step = step_of(highest / 4)
    return step * math.ceil(highest / step - 1e-9)


def written(value: float) -> str:
    """Write a number as it stands beside an axis."""
    return f'{value:,.0f}' if abs(value) >= 1000 else f'{round(value, 6):g}'
