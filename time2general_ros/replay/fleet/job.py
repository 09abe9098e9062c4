"""What a worker of a fleet does with a recording, and what it tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FleetError(ReplayError):
    """A fleet cannot work at all; the message says why."""


class Status(str, Enum):
    """
    What became of a recording.

    ``partial``: there are results, but not of all that was recorded. ``failed``: there are none.
    """

    DONE = 'done'
    PARTIAL = 'partial'
    FAILED = 'failed'


@dataclass(frozen=True)
class Glance:
    """
    What is known of a recording before it is worked on.

    :param frames: About how many images will come; 0 if it does not say.
    :param video_s: Seconds of video, of all cameras together; None if it does not say.
    """

    frames: int
    video_s: float | None


@dataclass
class Task:
    """A recording to be done: the key is the caller's, and attempts counts lost workers."""

    key: str
    source: str
    out: str
    attempts: int = 0


@dataclass(frozen=True)
class Running:
    """A recording that a worker is at, with the images that are done of it."""

    key: str
    host: str
    pid: int
    done: int
    total: int


@dataclass(frozen=True)
class PoolOptions:
    """
    The workers.

    :param threads: Of the engine of each, and CPU cores that each reserves.
    :param gpus: The share of a GPU that each reserves.
    :param address: Of a Ray cluster; None starts one on this machine, which ends with the fleet.
    """

    workers: int
    threads: int = 1
    gpus: float = 0.0
    address: str | None = None


class Job(Protocol):
    """The same work for every recording; it travels to the workers by pickle."""

    def look(self, source: str) -> Glance:
        """
        Look at a recording, without a model and at little cost.

        :raises Time2GeneralError: if it is unusable.
        """

    def load(self) -> None:
        """
        Load the model, once for all recordings of a worker.

        :raises Time2GeneralError: if it is unusable.
        """

    def replay(
        self, source: str, out: Path, on_frame: Callable[[int, int], None]
    ) -> dict[str, Any]:
        """
        Replay one recording into a folder, going on where it was.

        :param on_frame: Called after each image with the number done and the number in all.
        :returns: What ``results.json`` holds.
        :raises Time2GeneralError: if the recording is unusable.
        """


@dataclass(frozen=True)
class Outcome:
    """
    What a worker tells of a recording: small, for it travels through the store of Ray.

    :param reason: Why it failed or is partial.
    :param figures: Of the whole recording, as ``totals`` of its results.
    :param sums: What the figures are made of, to be added up with those of others.
    :param classes: The classes of the figures.
    :param video_s: Seconds of video, of all cameras together.
    :param seconds: That the work took.
    """

    status: Status
    reason: str | None = None
    frames_in: int = 0
    frames_out: int = 0
    figures: dict[str, float | None] = field(default_factory=dict)
    sums: list[float] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    video_s: float = 0.0
    seconds: float = 0.0
    host: str = ''
