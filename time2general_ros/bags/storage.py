"""What every way of reading a bag provides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class TopicInfo:
    """
    One topic of a bag.

    :param msgtype: Message type, as ``sensor_msgs/msg/Image``.
    :param count: Number of messages.
    """

    msgtype: str
    count: int


@dataclass(frozen=True)
class RawMessage:
    """One recorded message, still serialised."""

    topic: str
    msgtype: str
    log_time_ns: int
    data: bytes


class Storage(Protocol):
    """An open bag, in whatever form it is stored."""

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics by name."""

    @property
    def damage(self) -> str | None:
        """What is wrong with the bag, as known so far; None if nothing is."""

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the readable messages of some topics, in the order of the bag."""

    def close(self) -> None:
        """Release the files."""
