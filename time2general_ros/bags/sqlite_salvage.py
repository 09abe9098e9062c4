"""sqlite3 bags that are cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import apsw

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.storage import RawMessage, TopicInfo

_MAGIC = b'SQLite format 3\0'


def is_cut_off(path: Path) -> bool:
    """Tell whether a sqlite3 file is shorter than its header says (sqlite.org/fileformat2)."""
    with path.open('rb') as file:
        head = file.read(100)
    pages = int.from_bytes(head[28:32], 'big')
    return (
        not head.startswith(_MAGIC)
        or len(head) < 100
        or path.stat().st_size < pages * _page_bytes(head)
    )


def _page_bytes(head: bytes) -> int:
    size = int.from_bytes(head[16:18], 'big')
    return 65536 if size == 1 else size


class SalvagedSqlite:
    """
    The rows before the cut of a sqlite3 bag, in the order in which they were written.

    :raises BagError: if the file is no sqlite3 file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open('rb') as file:
            head = file.read(100)
        if not head.startswith(_MAGIC[: len(head)]):
            raise BagError(f'{path} is not a sqlite3 bag; name a rosbag2 directory, .mcap or .db3')
        self._vfs = _WholePages(_page_bytes(head))
        self._database = apsw.Connection(
            f'{path.absolute().as_uri()}?immutable=1',
            flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
            vfs=self._vfs.name,
        )
        # Without it, sqlite refuses every query to a file that is shorter than its header says.
        self._database.execute('PRAGMA writable_schema=ON')
        self._names = self._read_names()
        self._topics = self._count()

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics that have a message before the cut."""
        return self._topics

    @property
    def damage(self) -> str | None:
        """How much of the bag is readable."""
        count = sum(topic.count for topic in self._topics.values())
        return f'{self._path} is cut off before its end; {count} messages are readable'

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the rows before the cut."""
        # By row id: the index on the timestamps lies scattered over the file.
        query = 'SELECT topic_id, timestamp, data FROM messages ORDER BY id'
        with suppress(apsw.Error):
            for topic_id, log_time_ns, data in self._database.execute(query):
                topic, msgtype = self._names.get(topic_id, ('', ''))
                if topic in topics and isinstance(log_time_ns, int) and isinstance(data, bytes):
                    yield RawMessage(topic, msgtype, log_time_ns, data)

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def _read_names(self) -> dict[object, tuple[str, str]]:
        with suppress(apsw.Error):
            rows = self._database.execute('SELECT id, name, type FROM topics').fetchall()
            return {row: (str(name), str(msgtype)) for row, name, msgtype in rows}
        return {}

    def _count(self) -> dict[str, TopicInfo]:
        counts = dict.fromkeys(self._names.values(), 0)
        for message in self.messages(frozenset(topic for topic, _ in counts)):
            counts[message.topic, message.msgtype] += 1
        return {
            topic: TopicInfo(msgtype, count) for (topic, msgtype), count in counts.items() if count
        }


class _WholePages(apsw.VFS):
    """A file system that hides a last page that is cut off: sqlite would fill it with zeros."""

    def __init__(self, page_bytes: int) -> None:
        self.name = f'whole_pages_{id(self)}'
        super().__init__(self.name, '')
        self._page_bytes = max(page_bytes, 1)

    def xOpen(  # noqa: N802
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return _WholePagesFile(name, flags, self._page_bytes)


class _WholePagesFile(apsw.VFSFile):
    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], page_bytes: int
    ) -> None:
        super().__init__('', name, flags)
        self._page_bytes = page_bytes

    def xFileSize(self) -> int:  # noqa: N802
        size = super().xFileSize()
        return size - size % self._page_bytes
