"""Timing several things in turn, so that what disturbs the machine disturbs them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from time2general_ros.timing.frame_path import RoundTimes


class Runner(NamedTuple):
    """
    Something to time.

    :param run: Runs it once and tells how long that took.
    :param kept: How many runs of a turn are kept.
    """

    run: Callable[[], RoundTimes]
    kept: int


def take_turns(
    runners: Mapping[str, Runner],
    turns: int,
    warmup: int,
    on_turn: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, list[RoundTimes]]:
    """
    Run each in turn, a few times in a row.

    :param warmup: Runs at the start of every turn that are not kept: they find the caches full of
        the one before, which no stream of frames does.
    :param on_turn: Called with the number of turns done and in all.
    :returns: What the kept runs told, by name, in order.
    """
    kept: dict[str, list[RoundTimes]] = {name: [] for name in runners}
    for turn in range(turns):
        for name, runner in runners.items():
            for _ in range(warmup):
                runner.run()
            kept[name] += [runner.run() for _ in range(runner.kept)]
        on_turn(turn + 1, turns)
    return kept
