"""Whether a frame costs the same after hours as at first."""

from __future__ import annotations

from statistics import median
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.timing.process_memory import rss_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from time2general_ros.timing.frame_path import RoundTimes

TENTHS = 10


class LongRun(NamedTuple):
    """
    Figures of many rounds.

    :param rounds: How many.
    :param wall_ms: Median wall-clock milliseconds of a round in each tenth of the run.
    :param cpu_ms: Mean milliseconds of processor time of a round in each tenth.
    :param memory_mb: Resident memory at the end of each tenth.
    """

    rounds: int
    wall_ms: Sequence[float]
    cpu_ms: Sequence[float]
    memory_mb: Sequence[float]

    @property
    def wall_drift(self) -> float:
        """Last tenth over second tenth, less 1."""
        return self.wall_ms[-1] / self.wall_ms[1] - 1

    @property
    def cpu_drift(self) -> float:
        """The same of processor time, which other programs disturb less."""
        return self.cpu_ms[-1] / self.cpu_ms[1] - 1

    @property
    def growth_mb(self) -> float:
        """Resident memory at the end, less that after the first tenth."""
        return self.memory_mb[-1] - self.memory_mb[0]


def run_long(
    run: Callable[[], RoundTimes],
    rounds: int,
    on_round: Callable[[int, int], None] = lambda done, total: None,
) -> LongRun:
    """
    Run many rounds.

    :param rounds: At least 10; what is left over when divided by 10 is not run.
    """
    wall_ms, cpu_ms, memory_mb = [], [], []
    count = rounds // TENTHS
    for tenth in range(TENTHS):
        began = process_time()
        times = []
        for number in range(count):
            times.append(run().total)
            on_round(tenth * count + number + 1, TENTHS * count)
        wall_ms.append(median(times))
        cpu_ms.append(1e3 * (process_time() - began) / count)
        memory_mb.append(rss_mb())
    return LongRun(count * TENTHS, wall_ms, cpu_ms, memory_mb)
