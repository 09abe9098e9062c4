"""The health of a recording, apart from that of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.report.page import figure

if TYPE_CHECKING:
    from collections.abc import Mapping


def health_facts(topic: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List what the stamps and images of a camera are like; see docs/replay.md."""
    health = topic['health']
    sizes = ', '.join(f'{width} x {height}' for width, height in health['sizes'])
    # Results of earlier versions have it among their settings alone.
    every = health.get('every', 1)
    part = [('Images looked at', f'every {ordinal(every)}: all that follows is of these')]
    return [
        *(part if every > 1 else []),
        ('Rate', f'{figure(health["rate_hz"], "Hz")} (1 / median step of the stamps)'),
        ('Duration', figure(health['duration_s'], 's')),
        ('Image size', sizes or 'n/a'),
        (
            'Gaps',
            f'{health["gaps"]} (steps of more than 1.5 usual ones), the longest step '
            + figure(health['longest_gap_s'], 's', 3),
        ),
        (
            'Stamp jumps',
            f'{health["backward_stamps"]} steps back, {health["zero_stamps"]} stamps of zero',
        ),
        ('Duplicates', f'{health["equal_stamps"]} stamps equal to the one before'),
        (
            'Log times used',
            f'for {health["unstamped"]} frames without a stamp of their own, of which '
            + str(health['standing'])
            + ' stood still',
        ),
        ('Dark images', f'{health["dark"]} nearly black'),
        ('Refused', refused(topic['bad']) or 'none'),
    ]


def ordinal(number: int) -> str:
    """Write a number as 1st, 2nd, 3rd, 4th."""
    ending = {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')
    return f'{number}{"th" if number % 100 in (11, 12, 13) else ending}'


def refused(bad: Mapping[str, int]) -> str:
    """List refused images by cause."""
    return ', '.join(f'{cause} {count}' for cause, count in sorted(bad.items()))
