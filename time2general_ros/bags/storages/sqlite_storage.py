"""sqlite3 bags, whole, cut off or damaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import apsw

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.storages.sqlite_file import MAGIC, SqliteFile
from time2general_ros.bags.storages.storage import (
    Flaws,
    RawMessage,
    TopicInfo,
    merge_topics,
    ros_type,
)

# A damaged row may hold text in place of numbers, and bytes that are no text.
_WHERE_ROW_BELONGS = 'CAST(topic_id AS INTEGER), CAST(timestamp AS INTEGER)'


class _Row(NamedTuple):
    """Where a message belongs; None for the topic if only the index has told of it."""

    log_time_ns: int
    topic: int | None


class SqliteStorage:
    """
    A sqlite3 file, in order of log time.

    The rows are held against the index of their times, which is a second list of them. What does
    not agree and what cannot be read is told in :attr:`damage`.

    :param name: The file as its user knows it.
    :raises BagError: if the file is no sqlite3 file.
    """

    def __init__(self, path: Path, name: Path) -> None:
        self._name = name
        self._flaws = Flaws(name)
        with path.open('rb') as file:
            magic = file.read(len(MAGIC))
        if not MAGIC.startswith(magic):
            raise BagError(f'{name} is not a sqlite3 bag; name a rosbag2 directory, .mcap or .db3')
        try:
            self._file = SqliteFile(path)
        except apsw.Error as error:
            raise BagError(f'{name} cannot be opened: {error}') from error
        try:
            if self._file.is_cut_off:
                self._flaws.add('is cut off before its end')
            elif self._file.schema_error:
                self._flaws.add(f'is damaged ({self._file.schema_error})')
            self._topics = self._read_topics()
            self._rows = self._read_rows()
            self._counts = Counter(row.topic for row in self._rows.values())
        except BaseException:
            self._file.close()
            raise

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics; of a damaged file, those that have a message."""
        return merge_topics(
            (name, TopicInfo(info.msgtype, self._counts[key], info.encoding))
            for key, (name, info) in self._topics.items()
            if self._counts[key] or self.damage is None
        )

    @property
    def definitions(self) -> dict[str, Channel]:
        """Nothing: types are known by their names."""
        return {}

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The first and the last log time."""
        times = [row.log_time_ns for row in self._rows.values()]
        return (min(times), max(times)) if times else None

    @property
    def damage(self) -> str | None:
        """What is wrong with the file; complete once the messages have been iterated over."""
        return self._flaws.text(sum(self._counts[key] for key in self._topics))

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the readable messages of some topics."""
        wanted = {key for key, (name, _) in self._topics.items() if name in topics}
        for number, row in sorted(self._rows.items(), key=lambda item: (item[1][0], item[0])):
            if row.topic in wanted:
                data = self._read_data(number)
                if data is None:
                    self._flaws.add('holds messages that cannot be read', number)
                    del self._rows[number]
                    self._counts[row.topic] -= 1
                    continue
                name, info = self._topics[row.topic]
                yield RawMessage(name, info.msgtype, row.log_time_ns, data, info.encoding)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _add_error(self, error: apsw.Error) -> None:
        if not self._file.is_cut_off:
            self._flaws.add(f'is damaged ({error})')

    def _read_data(self, number: int) -> bytes | None:
        with suppress(apsw.Error, MemoryError):
            query = 'SELECT CAST(data AS BLOB) FROM messages WHERE id = ?'
            for (data,) in self._file.execute(query, (number,)):
                if isinstance(data, bytes):
                    return data
        return None

    def _read_topics(self) -> dict[int, tuple[str, TopicInfo]]:
        # As blobs: a name whose bytes are no UTF-8 is shown with escapes.
        columns = ', '.join(f'CAST({c} AS BLOB)' for c in ('name', 'type', 'serialization_format'))
        topics: dict[int, tuple[str, TopicInfo]] = {}
        try:
            for key, *texts in self._file.execute(f'SELECT id, {columns} FROM topics'):
                name, kind, encoding = (
                    text.decode(errors='backslashreplace') if isinstance(text, bytes) else ''
                    for text in texts
                )
                if isinstance(key, int):
                    topics[key] = name, TopicInfo(ros_type(kind), 0, encoding)
        except apsw.SQLError as error:
            if not self._flaws:
                raise BagError(
                    f'{self._name} is a sqlite3 file, but no bag of rosbag2: {error}'
                ) from error
            self._flaws.add(f'is damaged ({error})')
        except apsw.Error as error:
            self._add_error(error)
        return topics

    def _read_rows(self) -> dict[int, _Row]:
        """Read where each message belongs, by its row number."""
        rows: dict[int, _Row] = {}
        try:
            for number, topic, time_ns in self._file.execute(
                f'SELECT id, {_WHERE_ROW_BELONGS} FROM messages'
            ):
                if isinstance(number, int) and isinstance(time_ns, int):
                    rows[number] = _Row(time_ns, topic if isinstance(topic, int) else None)
        except apsw.Error as error:
            self._add_error(error)
        self._add_listed(rows)
        for number, row in list(rows.items()):
            if row.topic not in self._topics:
                self._flaws.add('holds messages of no known topic', number)
                del rows[number]
        return rows

    def _add_listed(self, rows: dict[int, _Row]) -> None:
        """Hold rows against the index of their times, and add those that are only found by it."""
        seen = 0
        try:
            for number, time_ns in self._file.execute(
                'SELECT id, CAST(timestamp AS INTEGER) FROM messages INDEXED BY timestamp_idx'
            ):
                seen += 1
                if number in rows and rows[number].log_time_ns != time_ns:
                    self._flaws.add('has an index of other times', number)
                elif number not in rows:
                    row = self._find(number)
                    if row:
                        rows[number] = row
                    else:
                        self._flaws.add('lacks messages that its index lists', number)
        except apsw.SQLError:
            return  # there is no such index
        except apsw.Error as error:
            self._add_error(error)
            return
        if seen < len(rows):
            self._flaws.add(f'has an index of {seen} of {len(rows)} messages')

    def _find(self, number: int) -> _Row | None:
        with suppress(apsw.Error):
            query = f'SELECT {_WHERE_ROW_BELONGS} FROM messages WHERE id = ?'
            for topic, time_ns in self._file.execute(query, (number,)):
                if isinstance(topic, int) and isinstance(time_ns, int):
                    return _Row(time_ns, topic)
        return None
