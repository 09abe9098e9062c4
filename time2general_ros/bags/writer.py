"""Writing bags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import shutil
import sqlite3
import tempfile
from typing import Any

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.sinks import McapFile, RosbagFolder, Sink, SqliteFile
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.scoped import Scoped

_FAILURES = (OSError, sqlite3.Error)
_SINKS: dict[str, Callable[[Path], Sink]] = {
    '.mcap': McapFile,
    '.db3': SqliteFile,
    '': RosbagFolder,
}


class BagWriter(Scoped):
    """
    A bag that is open for writing; a context manager.

    The same messages make the same file, byte for byte. The bag appears at ``path`` only when the
    context ends without an error; an earlier file of that name stands until then.

    :param path: ``NAME.mcap`` for a single MCAP file, ``NAME.db3`` for a single sqlite3 file,
        ``NAME`` for a rosbag2 directory with MCAP storage, which must not exist yet.
    :param atomic: False to write an MCAP file in place, so that what was flushed outlives a
        killed process; it is then completed even when the context ends with an error.
    :raises BagError: if nothing can be written there.
    """

    def __init__(self, path: Path, *, atomic: bool = True) -> None:
        self.path = path
        self._atomic = atomic
        self._check(path, atomic)
        self._workshop: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            folder = self._make_workshop() if atomic else path.parent
            self._sink = _SINKS[path.suffix](folder / path.name)
        except _FAILURES as error:
            self._clear()
            raise self._unwritable(error) from error

    def leave(self, *, failed: bool) -> None:
        """Complete the bag, or leave nothing behind if there was an error."""
        try:
            if not failed or not self._atomic:
                self._complete()
        except _FAILURES as failure:
            raise self._unwritable(failure) from failure
        finally:
            self._sink.abort()
            self._clear()

    def write(self, topic: str, msgtype: str, log_time_ns: int, message: Any) -> None:
        """
        Append one message.

        :param msgtype: Message type, as ``sensor_msgs/msg/Image``.
        :param message: A message of ``rosbags``, as :class:`BagReader` yields them.
        :raises BagError: if the disk is full or fails.
        """
        data = bytes(load_typestore().serialize_cdr(message, msgtype))
        self.write_raw(topic, msgtype, log_time_ns, data)

    def write_raw(self, topic: str, msgtype: str, log_time_ns: int, data: bytes) -> None:
        """
        Append one message that is serialised already.

        :param data: CDR with its encapsulation header.
        :raises BagError: if the disk is full or fails.
        """
        try:
            self._sink.write(topic, msgtype, log_time_ns, data)
        except _FAILURES as error:
            raise self._unwritable(error) from error

    def flush(self) -> None:
        """
        Hand everything written so far to the operating system.

        :raises BagError: if the disk is full or fails.
        """
        try:
            self._sink.flush()
        except _FAILURES as error:
            raise self._unwritable(error) from error

    @staticmethod
    def _check(path: Path, atomic: bool) -> None:
        if path.suffix not in _SINKS:
            raise BagError(
                f'{path} does not say which bag to write; name it NAME.mcap, NAME.db3 or NAME for '
                'a rosbag2 directory'
            )
        if path.is_dir() or (not path.suffix and path.exists()):
            raise BagError(f'{path} exists already; remove it or choose another name')
        if not atomic and path.suffix != '.mcap':
            raise BagError(f'{path} cannot be recorded in place; name it NAME.mcap')

    def _make_workshop(self) -> Path:
        # Beside the bag, so that moving it into place is one rename on one file system.
        prefix = f'.{self.path.name}.'
        self._workshop = Path(tempfile.mkdtemp(dir=self.path.parent, prefix=prefix))
        return self._workshop

    def _complete(self) -> None:
        finished = self._sink.finish()
        if self._atomic:
            finished.replace(self.path)

    def _clear(self) -> None:
        if self._workshop:
            shutil.rmtree(self._workshop, ignore_errors=True)

    def _unwritable(self, error: Exception) -> BagError:
        cause = getattr(error, 'strerror', None) or error
        return BagError(
            f'{self.path} cannot be written: {cause}; choose another place or make room there'
        )
