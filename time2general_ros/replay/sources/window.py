"""Which part of a recording is looked at."""

from __future__ import annotations

from dataclasses import dataclass

NS_PER_S = 1_000_000_000
# Seconds from here on are times since 1970: no recording lasts three years.
FIRST_ABSOLUTE_S = 1e8


@dataclass(frozen=True)
class Window:
    """
    A stretch of time, and every how many images of a topic are taken of it.

    :param start: Seconds from the beginning of the recording, or since 1970; None for all.
    :param end: Alike; what comes at that time is no longer taken.
    """

    start: float | None = None
    end: float | None = None
    every: int = 1

    def holds(self, time_ns: int, first_ns: int) -> bool:
        """
        Tell whether a message is taken.

        :param time_ns: Its log time; first_ns: that of the beginning of the recording.
        """
        start_ns = _absolute(self.start, first_ns)
        end_ns = _absolute(self.end, first_ns)
        return (start_ns is None or time_ns >= start_ns) and (end_ns is None or time_ns < end_ns)

    def share(self, duration_s: float, first_ns: int) -> float:
        """
        Tell which share of a recording lies in the stretch, from 0 to 1.

        :param first_ns: Log time of its beginning.
        """
        length_ns = round(duration_s * NS_PER_S)
        start_ns = _absolute(self.start, first_ns)
        end_ns = _absolute(self.end, first_ns)
        begin = 0 if start_ns is None else max(start_ns - first_ns, 0)
        end = length_ns if end_ns is None else min(end_ns - first_ns, length_ns)
        return max(end - begin, 0) / length_ns if length_ns else 1.0


def _absolute(seconds: float | None, first_ns: int) -> int | None:
    if seconds is None:
        return None
    time_ns = round(seconds * NS_PER_S)
    return time_ns if seconds >= FIRST_ABSOLUTE_S else first_ns + time_ns
