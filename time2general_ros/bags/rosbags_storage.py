"""Intact bags, read with the ``rosbags`` library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rosbags.rosbag2 import Reader

from time2general_ros.bags.storage import RawMessage, TopicInfo


class RosbagsStorage:
    """
    A rosbag2 directory or a single MCAP or sqlite3 file with its index, in order of log time.

    :raises Exception: of ``rosbags`` or of the libraries below it, if the bag does not open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = Reader(path)
        self._reader.open()
        self._damage: str | None = None

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics by name; one of several types goes by the first."""
        return {
            name: TopicInfo(info.connections[0].msgtype, info.msgcount)
            for name, info in self._reader.topics.items()
        }

    @property
    def damage(self) -> str | None:
        """Where reading had to stop; None if it did not."""
        return self._damage

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the messages up to the end or up to the first damage."""
        wanted = [c for c in self._reader.connections if c.topic in topics]
        count = 0
        try:
            for connection, log_time_ns, data in self._reader.messages(wanted) if wanted else ():
                yield RawMessage(connection.topic, connection.msgtype, log_time_ns, bytes(data))
                count += 1
        except Exception as error:  # rosbags lets those of sqlite, zstd, lz4 and struct through
            self._damage = f'{self._path} is damaged after {count} messages: {error}'

    def close(self) -> None:
        """Release the files."""
        self._reader.close()
