"""The health of a recording, apart from that of the model."""

from __future__ import annotations

from array import array
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from time2general_ros.bags.frame_clock import FrameClock

if TYPE_CHECKING:
    from collections.abc import Mapping

# A step of more than this many usual ones is a gap.
LONGEST_STEP = 1.5
MOST_GAPS = 100
_NS_PER_S = 1e9


class Health:
    """
    Collects the times and sizes of the images of one topic.

    :param has_clock: Whether stamps are right by themselves; else log times serve.
    :param every: Of so many images one is looked at, and no other is known of.
    """

    def __init__(self, *, has_clock: bool, every: int = 1) -> None:
        self._has_clock = has_clock
        self._every = every
        self._clock = FrameClock()
        self._stamps_ns = array('q')
        self._logged_ns = array('q')
        self._frames = array('q')
        self._offsets_s = array('d')
        self._videos = array('l')
        self._zero = self._dark = 0
        self._sizes: dict[tuple[int, int], None] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        """Take the next row of the main memory mode, see :mod:`.rows`."""
        if row['dark'] is not None:
            self._dark += row['dark']
            self._sizes[row['width'], row['height']] = None
            if not self._has_clock:
                self._clock.time_ns(row['stamp_ns'], row['log_time_ns'])
        if row['stamp_ns'] is None:
            return
        self._zero += row['stamp_ns'] == 0
        self._stamps_ns.append(row['stamp_ns'])
        self._logged_ns.append(row['log_time_ns'] or 0)
        self._frames.append(row['frame'])
        self._offsets_s.append(row['offset_s'])
        self._videos.append(row['video'])

    def figures(self) -> dict[str, Any]:
        """Give the figures, as ``health`` in docs/replay.md."""
        numbers = [
            number
            for number, (earlier, later) in enumerate(pairwise(self._videos), 1)
            if earlier == later
        ]
        stamps = self._stamps_ns
        jumps = [stamps[number] - stamps[number - 1] for number in numbers]
        steps = [(number, self._step_s(number)) for number in numbers]
        forward = [step for _, step in steps if step > 0]
        usual = median(forward) if forward else None
        gaps = [(n, step) for n, step in steps if usual and step > LONGEST_STEP * usual]
        longest = sorted(gaps, key=lambda gap: (-gap[1], gap[0]))[:MOST_GAPS]
        return {
            'every': self._every,
            'duration_s': round(sum(forward), 6),
            'rate_hz': round(1 / usual, 4) if usual else None,
            'gaps': len(gaps),
            'longest_gap_s': round(max(forward), 6) if forward else None,
            'gap_list': [
                {
                    'frame': self._frames[number],
                    'offset_s': round(self._offsets_s[number], 6),
                    'seconds': round(step, 6),
                }
                for number, step in sorted(longest)
            ],
            'equal_stamps': jumps.count(0),
            'backward_stamps': sum(jump < 0 for jump in jumps),
            'zero_stamps': 0 if self._has_clock else self._zero,
            'unstamped': self._clock.missing,
            'standing': self._clock.standing,
            'dark': self._dark,
            'sizes': [list(size) for size in self._sizes],
        }

    def _step_s(self, number: int) -> float:
        """Tell how long after the one before an image came, by log times if a stamp is missing."""
        earlier, later = self._stamps_ns[number - 1], self._stamps_ns[number]
        if not self._has_clock and (later in (0, earlier) or not earlier):
            earlier, later = self._logged_ns[number - 1], self._logged_ns[number]
        return (later - earlier) / _NS_PER_S
