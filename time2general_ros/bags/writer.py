"""Writing bags."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
import sqlite3
import sys
from typing import Any

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.sinks import McapFile, RosbagFolder, Sink, SqliteFile
from time2general_ros.bags.storages.bag_metadata import NAME as METADATA
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.scoped import Scoped
from time2general_ros.whole import whole

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
    :param overwrite: Whether an earlier file of that name, or a rosbag2 directory, is replaced.
    :param atomic: False to write an MCAP file in place, so that what was flushed outlives a
        killed process; it is then completed even when the context ends with an error.
    :raises BagError: if nothing can be written there.
    """

    def __init__(self, path: Path, *, atomic: bool = True, overwrite: bool = False) -> None:
        self.path = path
        self._atomic = atomic
        check_output(path, overwrite=overwrite)
        if not atomic and path.suffix != '.mcap':
            raise BagError(f'{path} cannot be recorded in place; name it NAME.mcap')
        try:
            with ExitStack() as opened:
                if atomic:
                    self._place = opened.enter_context(whole(path))
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._place = path
                self._sink = _SINKS[path.suffix](self._place)
                opened.callback(self._sink.abort)
                opened.push(self._finish)
                self._opened = opened.pop_all()
        except _FAILURES as error:
            raise self._unwritable(error) from error

    def leave(self, *, failed: bool) -> None:
        """Complete the bag, or leave nothing behind if there was an error."""
        try:
            # What makes the file appear looks at the error itself.
            self._opened.__exit__(*(sys.exc_info() if failed else (None, None, None)))
        except _FAILURES as failure:
            raise self._unwritable(failure) from failure

    def declare(self, channel: Channel) -> None:
        """
        Make a topic known before its first message; topics that are not are by their first one.

        :raises BagError: if the disk is full or fails, or this form of bag cannot hold it.
        """
        try:
            self._sink.declare(channel)
        except _FAILURES as error:
            raise self._unwritable(error) from error

    def write(
        self, topic: str, msgtype: str, log_time_ns: int, message: Any, *, latched: bool = False
    ) -> None:
        """
        Append one message.

        :param msgtype: Message type, as ``sensor_msgs/msg/Image``.
        :param message: A message of ``rosbags``, as :class:`BagReader` yields them.
        :param latched: Whether a player offers the last message of the topic to late subscribers;
            the first message of a topic decides.
        :raises BagError: if the disk is full or fails.
        """
        data = bytes(load_typestore().serialize_cdr(message, msgtype))
        self.write_raw(topic, msgtype, log_time_ns, data, latched=latched)

    def write_raw(
        self, topic: str, msgtype: str, log_time_ns: int, data: bytes, *, latched: bool = False
    ) -> None:
        """
        Append one message that is serialised already.

        :param data: CDR with its encapsulation header.
        :raises BagError: if the disk is full or fails.
        """
        try:
            self._sink.write(topic, msgtype, log_time_ns, data, latched=latched)
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

    def _finish(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not self._atomic:
            self._sink.finish().replace(self._place)

    def _unwritable(self, error: Exception) -> BagError:
        cause = getattr(error, 'strerror', None) or error
        return BagError(
            f'{self.path} cannot be written: {cause}; choose another place or make room there'
        )


def check_output(path: Path, *, overwrite: bool) -> None:
    """
    Find out whether a bag may be written somewhere, before long work.

    :param overwrite: Whether an earlier file or rosbag2 directory may be replaced.
    :raises BagError: if the name says no kind of bag, or is taken.
    """
    if path.suffix not in _SINKS:
        raise BagError(
            f'{path} does not say which bag to write; name it NAME.mcap, NAME.db3 or NAME for '
            'a rosbag2 directory'
        )
    if not path.exists():
        return
    if not overwrite:
        raise BagError(f'{path} exists already; choose another name, or give --overwrite')
    is_same_kind = (path / METADATA).exists() if path.is_dir() else bool(path.suffix)
    if not is_same_kind or (path.is_dir() and path.suffix):
        raise BagError(f'{path} exists already and is no bag; remove it or choose another name')
