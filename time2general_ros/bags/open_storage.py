"""Choosing how a bag is read: with its index, or what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
import re

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.mcap_salvage import SalvagedMcap
from time2general_ros.bags.rosbags_storage import RosbagsStorage
from time2general_ros.bags.sqlite_salvage import SalvagedSqlite, is_cut_off
from time2general_ros.bags.storage import RawMessage, Storage, TopicInfo

_SALVAGERS: dict[str, Callable[[Path], Storage]] = {
    '.mcap': SalvagedMcap,
    '.db3': SalvagedSqlite,
}


def open_storage(path: Path) -> Storage:
    """
    Open a rosbag2 directory, an MCAP file or a sqlite3 file.

    :raises BagError: if there is no bag, or nothing in it is readable.
    """
    if not path.exists():
        raise BagError(f'there is no bag at {path}; check the path')
    try:
        storage = _open_folder(path) if path.is_dir() else _open_file(path)
    except OSError as error:
        raise BagError(
            f'{path} cannot be read: {error.strerror or error}; check its permissions'
        ) from error
    if storage.damage and not storage.topics:
        storage.close()
        raise BagError(f'{storage.damage}; nothing can be recovered from this bag')
    return storage


def _open_file(path: Path) -> Storage:
    if path.suffix not in _SALVAGERS:
        raise BagError(f'{path} is no bag; name a rosbag2 directory, .mcap or .db3')
    # rosbags opens a slightly shortened sqlite3 file and fails only at the first row.
    if path.suffix != '.db3' or not is_cut_off(path):
        try:
            return RosbagsStorage(path)
        except OSError:
            raise
        except Exception:  # rosbags lets those of sqlite, zstd, lz4 and struct through
            pass
    return _SALVAGERS[path.suffix](path)


def _open_folder(path: Path) -> Storage:
    files = sorted((f for f in path.iterdir() if f.suffix in _SALVAGERS), key=_natural)
    if not any(f.suffix == '.db3' and is_cut_off(f) for f in files):
        try:
            return RosbagsStorage(path)
        except Exception as error:  # as above; also metadata.yaml that is missing or unreadable
            if not files:
                raise BagError(f'{path} is no rosbag2 directory: {error}') from error
    return _JoinedStorage(files)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order ``bag_2`` before ``bag_10``."""
    return [(int(part or 0), text) for text, part in re.findall(r'(\D*)(\d*)', path.stem)]


class _JoinedStorage:
    """The files of a rosbag2 directory one after the other, without its ``metadata.yaml``."""

    def __init__(self, files: list[Path]) -> None:
        self._parts: list[Storage] = []
        with ExitStack() as opened:
            for file in files:
                self._parts.append(_open_file(file))
                opened.callback(self._parts[-1].close)
            self._opened = opened.pop_all()

    @property
    def topics(self) -> dict[str, TopicInfo]:
        topics: dict[str, TopicInfo] = {}
        for part in self._parts:
            for name, info in part.topics.items():
                before = topics[name].count if name in topics else 0
                topics[name] = TopicInfo(info.msgtype, before + info.count)
        return topics

    @property
    def damage(self) -> str | None:
        return '; '.join(part.damage for part in self._parts if part.damage) or None

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        for part in self._parts:
            yield from part.messages(topics)

    def close(self) -> None:
        self._opened.close()
