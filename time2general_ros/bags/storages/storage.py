"""What every way of reading a bag provides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from time2general_ros.bags.channel import CDR, Channel

ROS1 = 'ros1'
_MOST_FLAWS = 5


@dataclass(frozen=True)
class TopicInfo:
    """
    One topic of a bag.

    :param msgtype: Message type, as ``sensor_msgs/msg/Image``.
    :param count: Number of messages.
    :param encoding: How messages are serialised, as ``cdr``, ``ros1`` or ``protobuf``.
    """

    msgtype: str
    count: int
    encoding: str = CDR

    def __str__(self) -> str:
        kind = self.msgtype or 'no type'
        return f'{kind if self.encoding == CDR else f"{kind} in {self.encoding}"}, {self.count}'


@dataclass(frozen=True)
class RawMessage:
    """One recorded message, still serialised."""

    topic: str
    msgtype: str
    log_time_ns: int
    data: bytes
    encoding: str = CDR


class Storage(Protocol):
    """An open bag, in whatever form it is stored."""

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics by name."""

    @property
    def definitions(self) -> dict[str, Channel]:
        """What the bag itself says of its topics, by name; of some forms nothing."""

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The first and the last log time; None where they are not listed, or there is none."""

    @property
    def damage(self) -> str | None:
        """What is wrong with the bag, as known so far; None if nothing is."""

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the readable messages of some topics, in the order of the bag."""

    def close(self) -> None:
        """Release the files."""


def merge_topics(parts: Iterable[tuple[str, TopicInfo]]) -> dict[str, TopicInfo]:
    """Add up the messages of topics by name; one of several types goes by the first."""
    topics: dict[str, TopicInfo] = {}
    for name, info in parts:
        first = topics.get(name)
        if first:
            info = TopicInfo(first.msgtype, first.count + info.count, first.encoding)
        topics[name] = info
    return topics


def ros_type(name: str) -> str:
    """Write a message type as ROS 2 does: ``sensor_msgs/Image`` is ``sensor_msgs/msg/Image``."""
    package, slash, kind = name.partition('/')
    return f'{package}/msg/{kind}' if package and slash and '/' not in kind else name


class Flaws:
    """
    What was found to be wrong with one file.

    :param name: The file as its user knows it.
    """

    def __init__(self, name: Path) -> None:
        self._name = name
        self._places: dict[str, set[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._places)

    def add(self, flaw: str, place: int = 0) -> None:
        """
        Take note of a flaw; found at several places, it is counted.

        :param flaw: Completes a sentence that starts with the file.
        """
        self._places.setdefault(flaw, set()).add(place)

    def text(self, readable: int) -> str | None:
        """
        Tell all of it in one line; None if nothing was found.

        :param readable: Number of messages that can be read.
        """
        if not self._places:
            return None
        told = [
            flaw + (f' ({len(places)})' if len(places) > 1 else '')
            for flaw, places in self._places.items()
        ]
        more = f'; {len(told) - _MOST_FLAWS} more flaws' if len(told) > _MOST_FLAWS else ''
        return (
            f'{self._name} {"; ".join(told[:_MOST_FLAWS])}{more}; {readable} messages are readable'
        )
