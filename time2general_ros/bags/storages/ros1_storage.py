"""ROS 1 bags (``.bag``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rosbags.rosbag1 import Reader

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.storages.storage import ROS1, Flaws, RawMessage, TopicInfo, merge_topics

MAGIC = b'#ROSBAG V'


class Ros1Storage:
    """
    A ROS 1 bag with its index, in order of log time.

    :param name: The file as its user knows it.
    :raises BagError: if the bag does not open.
    """

    def __init__(self, path: Path, name: Path) -> None:
        self._flaws = Flaws(name)
        self._reader = Reader(path)
        try:
            self._reader.open()
        except OSError:
            raise
        except Exception as error:  # rosbags lets those of struct, lz4 and asserts through
            raise BagError(
                f'{name} is a ROS 1 bag that cannot be read ({error or type(error).__name__}); '
                f'mend it with: rosbag reindex {name}'
            ) from error
        declared: Counter[int] = Counter()
        for chunk in self._reader.chunk_infos:
            declared.update(chunk.connection_counts)
        self._counts = {c.id: c.msgcount for c in self._reader.connections}
        for connection in self._reader.connections:
            if declared[connection.id] != connection.msgcount:
                self._flaws.add(
                    f'declares {declared[connection.id]} messages of {connection.topic} and lists '
                    f'{connection.msgcount}'
                )

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics, their types named as in ROS 2."""
        return merge_topics(
            (c.topic, TopicInfo(c.msgtype, self._counts[c.id], ROS1))
            for c in self._reader.connections
        )

    @property
    def definitions(self) -> dict[str, Channel]:
        """Nothing: types are known by their names."""
        return {}

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The first and the last log time, by the index."""
        if not self._reader.chunk_infos:
            return None
        # The end is that of an interval.
        return self._reader.start_time, self._reader.end_time - 1

    @property
    def damage(self) -> str | None:
        """What is wrong with the bag; complete once the messages have been iterated over."""
        return self._flaws.text(sum(self._counts.values()))

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the messages up to the end or up to the first damage."""
        wanted = [c for c in self._reader.connections if c.topic in topics]
        read: Counter[int] = Counter()
        try:
            for connection, log_time_ns, data in self._reader.messages(wanted) if wanted else ():
                read[connection.id] += 1
                yield RawMessage(
                    connection.topic, connection.msgtype, log_time_ns, bytes(data), ROS1
                )
        except Exception as error:  # as above
            self._flaws.add(f'is damaged ({error or type(error).__name__})')
            self._counts.update({c.id: read[c.id] for c in wanted})

    def close(self) -> None:
        """Release the file."""
        self._reader.close()
