"""How far a stage is, in steps and in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time2general_ros.training.recipes.recipe import Stage

MINUTE_S = 60.0


class Pace:
    """
    The clock of a stage that may have been cut off and goes on.

    :param spent_s: What it took so far.
    """

    def __init__(self, stage: Stage, spent_s: float = 0.0) -> None:
        self._stage = stage
        self._began = time.monotonic() - spent_s

    @property
    def spent_s(self) -> float:
        """What the stage took so far, in seconds."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Whether its time is used up."""
        limit = self._stage.minutes * MINUTE_S
        return 0 < limit <= self.spent_s

    def step(self, step: int) -> int:
        """Return the step that the learning rate is at: later than that done if time runs out."""
        if not self._stage.minutes:
            return step
        share = self.spent_s / (self._stage.minutes * MINUTE_S)
        return min(self._stage.steps, max(step, int(share * self._stage.steps)))
