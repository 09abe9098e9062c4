"""What a fleet is given, and what it tells of how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from time2general_ros.replay.fleet.job import Job, PoolOptions, Running
    from time2general_ros.replay.fleet.listing import Listed


@dataclass(frozen=True)
class State:
    """
    How far a fleet is.

    :param recordings: Those that are settled, of ``total``; failed: those of them that failed.
    :param frames: Images done in this run.
    :param left_s: Time left, by the bytes of the recordings; None while that is not known.
    """

    recordings: int
    total: int
    failed: int
    frames: int
    frames_per_s: float
    left_s: float | None
    running: list[Running]


@dataclass(frozen=True)
class FleetRun:
    """
    A fleet and where its results go.

    :param out: The folder.
    :param key: Changes if the model or any setting does that changes results.
    :param retry: Whether to try again what failed before.
    :param say: Is told what a user should know of, in one line.
    :param on_state: Is told how far it is, twice a second.
    """

    recordings: Sequence[Listed]
    out: Path
    job: Job
    key: str
    pool: PoolOptions
    retry: bool = False
    say: Callable[[str], None] = lambda line: None
    on_state: Callable[[State], None] = lambda state: None
