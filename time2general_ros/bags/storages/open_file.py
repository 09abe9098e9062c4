"""Opening one file of a bag by what is in it, whatever its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
import tempfile

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.storages import mcap_records, ros1_storage, sqlite_file, zstd
from time2general_ros.bags.storages.mcap_storage import McapStorage
from time2general_ros.bags.storages.ros1_storage import Ros1Storage
from time2general_ros.bags.storages.sqlite_storage import SqliteStorage
from time2general_ros.bags.storages.storage import RawMessage, Storage, TopicInfo

ZSTD_SUFFIX = '.zstd'
WHAT_TO_NAME = (
    'name a rosbag2 directory, a .mcap, .db3 or .bag file, or one of these compressed as .zstd'
)
# Neither is read, but a user who is told can unpack them.
_FOREIGN = {
    b'\x1f\x8b': ('gzip', 'gunzip'),
    b'BZh': ('bzip2', 'bunzip2'),
    b'\xfd7zXZ\0': ('xz', 'unxz'),
    b'\x04"M\x18': ('lz4', 'lz4 -d'),
    b'PK\x03\x04': ('zip', 'unzip'),
}


def open_file(path: Path, name: Path | None = None) -> Storage:
    """
    Open an MCAP file, a sqlite3 file, a ROS 1 bag, or one of these as zstd.

    :param name: The file as its user knows it; ``path`` if not given.
    :raises BagError: if it is none of these, or does not open.
    :raises OSError: if it cannot be read.
    """
    name = name or path
    with path.open('rb') as file:
        head = file.read(16)
    for magic, opener in _BY_MAGIC.items():
        if head.startswith(magic):
            return opener(path, name)
    for magic, (kind, command) in _FOREIGN.items():
        if head.startswith(magic):
            raise BagError(
                f'{name} is compressed with {kind}, which is not read; unpack it with: '
                f'{command} {name}'
            )
    if path.suffix in _BY_SUFFIX:  # what is left of a file that was cut off at once
        return _BY_SUFFIX[path.suffix](path, name)
    raise BagError(f'{name} is no bag; {WHAT_TO_NAME}')


class _UnpackedStorage:
    """A file that is compressed as a whole, unpacked for as long as it is open."""

    def __init__(self, path: Path, name: Path) -> None:
        self._flaw: str | None = None
        with ExitStack() as opened:
            folder = opened.enter_context(tempfile.TemporaryDirectory(prefix='time2general-'))
            unpacked = Path(folder) / (path.stem if path.suffix == ZSTD_SUFFIX else path.name)
            try:
                with path.open('rb') as packed, unpacked.open('wb') as file:
                    file.writelines(zstd.unzstd(packed))
            except zstd.ZstdError as error:
                self._flaw = f'{name} holds {error}'
            except OSError as error:
                raise BagError(
                    f'{name} cannot be unpacked in {folder}: {error.strerror}; make room there, '
                    'or set TMPDIR to a folder that has'
                ) from error
            self._storage = open_file(unpacked, name)
            opened.callback(self._storage.close)
            self._opened = opened.pop_all()

    @property
    def topics(self) -> dict[str, TopicInfo]:
        return self._storage.topics

    @property
    def definitions(self) -> dict[str, Channel]:
        return self._storage.definitions

    @property
    def span_ns(self) -> tuple[int, int] | None:
        return self._storage.span_ns

    @property
    def damage(self) -> str | None:
        return '; '.join(filter(None, (self._flaw, self._storage.damage))) or None

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        return self._storage.messages(topics)

    def close(self) -> None:
        self._opened.close()


_BY_MAGIC: dict[bytes, Callable[[Path, Path], Storage]] = {
    mcap_records.MAGIC: McapStorage,
    sqlite_file.MAGIC: SqliteStorage,
    ros1_storage.MAGIC: Ros1Storage,
    zstd.MAGIC: _UnpackedStorage,
}
_BY_SUFFIX: dict[str, Callable[[Path, Path], Storage]] = {
    '.mcap': McapStorage,
    '.db3': SqliteStorage,
    '.bag': Ros1Storage,
}
SUFFIXES = frozenset(_BY_SUFFIX)
