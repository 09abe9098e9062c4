"""Whether a frame costs the same after hours as at first."""

from __future__ import annotations

from statistics import median
from time import process_time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from time2general_ros.timing.process_memory import rss_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from time2general_ros.timing.frame_path import RoundTimes

TENTHS = 10
# So many rounds of the long stream, then so many of a new one, of which the first fill its memory.
LONG, FILLING, NEW = 20, 5, 7


class Stream(Protocol):
    """Frames of a camera that are taken through the network."""

    def begin(self) -> None:
        """Begin anew, without memory."""

    def run(self) -> RoundTimes:
        """Take a frame through, and tell what took how long."""


class LongRun(NamedTuple):
    """
    Figures of many rounds.

    :param rounds: How many.
    :param wall_ms: Median wall-clock milliseconds of a round in each tenth of the run.
    :param cpu_ms: Mean milliseconds of processor time of a round in each tenth.
    :param beside: What a round costs in each tenth, as a share of what one costs of a stream that
        has only begun, timed in turn: machines change their speed, and this does not.
    :param memory_mb: Resident memory at the end of each tenth.
    """

    rounds: int
    wall_ms: Sequence[float]
    cpu_ms: Sequence[float]
    beside: Sequence[float]
    memory_mb: Sequence[float]

    @property
    def drift(self) -> float:
        """Last tenth over second tenth, less 1, each beside a new stream."""
        return self.beside[-1] / self.beside[1] - 1

    @property
    def wall_drift(self) -> float:
        """The same of wall-clock time by itself."""
        return self.wall_ms[-1] / self.wall_ms[1] - 1

    @property
    def growth_mb(self) -> float:
        """Resident memory at the end, less that after the first tenth."""
        return self.memory_mb[-1] - self.memory_mb[0]


def run_long(
    stream: Stream,
    beside: Stream,
    rounds: int,
    on_round: Callable[[int, int], None] = lambda done, total: None,
) -> LongRun:
    """
    Run many rounds.

    :param stream: Runs all of them; beside: begins anew in every tenth.
    :param rounds: At least 10; what is left over when divided by 10 is not run.
    """
    wall_ms, cpu_ms, shares, memory_mb = [], [], [], []
    count = rounds // TENTHS
    for tenth in range(TENTHS):
        beside.begin()
        times, shares_here, spent_s = [], [], 0.0
        for done in range(0, count, LONG):
            began_s = process_time()
            some = [stream.run().total for _ in range(min(LONG, count - done))]
            spent_s += process_time() - began_s
            new = [beside.run().total for _ in range(FILLING + NEW)][FILLING:]
            times += some
            shares_here.append(median(some) / median(new))
            on_round(tenth * count + done + len(some), TENTHS * count)
        wall_ms.append(median(times))
        cpu_ms.append(1e3 * spent_s / count)
        shares.append(median(shares_here))
        memory_mb.append(rss_mb())
    return LongRun(count * TENTHS, wall_ms, cpu_ms, shares, memory_mb)
