"""Reading bags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.deserialize import READ, CorruptMessageError, deserialize, is_image
from time2general_ros.bags.storages.open_storage import open_storage
from time2general_ros.bags.storages.storage import RawMessage, TopicInfo
from time2general_ros.bags.typestore import known_channel
from time2general_ros.scoped import Scoped


@dataclass(frozen=True)
class BagMessage:
    """
    One recorded message.

    :param msgtype: Message type, as ``sensor_msgs/msg/Image``.
    :param message: The message with its ROS fields; arrays of numbers are NumPy arrays.
    """

    topic: str
    msgtype: str
    log_time_ns: int
    message: Any


class BagReader(Scoped):
    """
    A bag that is open for reading; a context manager.

    Of a bag that is cut off or damaged, what is readable is read and :attr:`damage` tells.

    :param path: A rosbag2 directory (MCAP or sqlite3), a single ``.mcap`` or ``.db3``, or a ROS 1
        ``.bag``, also compressed as zstd.
    :raises BagError: if there is no bag, or nothing in it is readable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.corrupt: Counter[str] = Counter()
        self._storage = open_storage(path)

    def leave(self, *, failed: bool) -> None:
        """Release the files."""
        del failed
        self._storage.close()

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics by name, each with its type and number of messages."""
        return self._storage.topics

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The first and the last log time; None where the bag does not list them."""
        return self._storage.span_ns

    @property
    def damage(self) -> str | None:
        """What could not be read; complete once the messages have been iterated over."""
        return self._storage.damage

    def image_topic(self, topic: str | None = None) -> str:
        """
        Find the topic to read images from.

        :param topic: Its name; None for the only image topic of the bag.
        :raises BagError: if it does not exist or carries no images, or if None is ambiguous. The
            message lists the topics that exist.
        """
        images = {name: info for name, info in self.topics.items() if is_image(info)}
        if topic is None:
            if len(images) == 1:
                return next(iter(images))
            if images:
                raise BagError(
                    f'{self.path} has several image topics; choose with --topic from: '
                    f'{_list(images)}'
                )
            raise BagError(f'{self.path} has no image topic; it has: {self._list()}; {READ}')
        if topic not in self.topics:
            raise BagError(f'{self.path} has no topic {topic}; it has: {self._list()}')
        if topic not in images:
            raise BagError(
                f'{topic} carries no images that are read; {self.path} has: {self._list()}; {READ}'
            )
        return topic

    def channel(self, topic: str) -> Channel:
        """
        Tell what a copy of a topic needs.

        :raises BagError: if its type is neither defined in the bag nor known.
        """
        info = self.topics[topic]
        channel = self._storage.definitions.get(topic)
        if channel is None or not (channel.schema and channel.schema[1]):
            channel = known_channel(topic, info.msgtype, info.encoding)
        if channel is None:
            raise BagError(
                f'{topic} has the type {info.msgtype}, which is not known; leave it out'
            )
        return channel

    def messages(self, *topics: str) -> Iterator[BagMessage]:
        """
        Iterate over the messages of some topics, or of all, in order of log time.

        Messages that cannot be deserialised are left out and counted by topic in
        :attr:`corrupt`.

        :raises BagError: if a topic does not exist or its type is not known.
        """
        for raw in self.raw_messages(*topics):
            try:
                message = deserialize(raw)
            except CorruptMessageError:
                self.corrupt[raw.topic] += 1
                continue
            yield BagMessage(raw.topic, raw.msgtype, raw.log_time_ns, message)

    def raw_messages(self, *topics: str) -> Iterator[RawMessage]:
        """
        Iterate over the serialised messages of some topics, or of all.

        :raises BagError: if a topic does not exist.
        """
        missing = [topic for topic in topics if topic not in self.topics]
        if missing:
            raise BagError(f'{self.path} has no topic {missing[0]}; it has: {self._list()}')
        return self._storage.messages(frozenset(topics or self.topics))

    def _list(self) -> str:
        listed = _list(self.topics)
        return f'{listed} ({self.damage})' if self.damage else listed


def _list(topics: Mapping[str, TopicInfo]) -> str:
    return ', '.join(sorted(f'{name} ({info})' for name, info in topics.items())) or 'none at all'
