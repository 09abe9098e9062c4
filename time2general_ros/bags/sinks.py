"""The forms in which a bag can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mcap.writer import Writer as McapWriter
from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin
from rosbags.rosbag2 import Writer as FolderWriter
from rosbags.rosbag2.metadata import dump_qos_v9
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore
import yaml  # type: ignore[import-untyped]

from time2general_ros.bags.channel import CDR, Channel
from time2general_ros.bags.typestore import load_typestore

# What rosbag2 records for a duration without end.
_ENDLESS = QosTime(9223372036, 854775807)
LATCHED = Qos(
    QosHistory.KEEP_LAST,
    1,
    QosReliability.RELIABLE,
    QosDurability.TRANSIENT_LOCAL,
    _ENDLESS,
    _ENDLESS,
    QosLiveliness.AUTOMATIC,
    _ENDLESS,
    False,
)


class Sink(Protocol):
    """A bag in the making."""

    def declare(self, channel: Channel) -> None:
        """Make a topic known before its first message; see :class:`BagWriter`."""

    def write(
        self, topic: str, msgtype: str, log_time_ns: int, data: bytes, *, latched: bool
    ) -> None:
        """Append one serialised message; see :class:`BagWriter`."""

    def flush(self) -> None:
        """Hand everything written so far to the operating system, readable after a crash."""

    def finish(self) -> Path:
        """Complete the bag and return where it lies."""

    def abort(self) -> None:
        """Release the files, complete or not."""


class McapFile:
    """A single MCAP file with zstd chunks, as ``ros2 bag play FILE.mcap`` takes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open('wb')
        self._writer = McapWriter(self._file)
        self._writer.start(profile='ros2')
        self._schemas: dict[tuple[str, str], int] = {}
        self._channels: dict[tuple[str, str], int] = {}

    def declare(self, channel: Channel) -> None:
        """Write what the topic is, with numbers in the order of the calls."""
        key = channel.topic, channel.msgtype
        if key in self._channels:
            return
        kind, text = channel.schema or ('ros2msg', _definition(channel.msgtype))
        name = channel.msgtype, kind
        if name not in self._schemas:
            self._schemas[name] = self._writer.register_schema(channel.msgtype, kind, text)
        profiles = yaml.safe_dump(dump_qos_v9([LATCHED])) if channel.latched else ''
        metadata = channel.metadata or {'offered_qos_profiles': profiles}
        if not channel.schema:
            type_hash = load_typestore().hash_rihs01(channel.msgtype)
            metadata = {**metadata, 'topic_type_hash': type_hash}
        self._channels[key] = self._writer.register_channel(
            channel.topic, channel.encoding, self._schemas[name], metadata
        )

    def write(
        self, topic: str, msgtype: str, log_time_ns: int, data: bytes, *, latched: bool
    ) -> None:
        """Append one serialised message."""
        self.declare(Channel(topic, msgtype, latched=latched))
        number = self._channels[topic, msgtype]
        self._writer.add_message(number, log_time_ns, data, log_time_ns)

    def flush(self) -> None:
        """Close the chunk in progress and hand it to the operating system."""
        self._writer.flush()  # type: ignore[no-untyped-call]

    def finish(self) -> Path:
        """Write the index."""
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._file.close()
        return self._path

    def abort(self) -> None:
        """Release the file."""
        self._file.close()


def _definition(msgtype: str) -> bytes:
    text, _ = load_typestore().generate_msgdef(msgtype, ros_version=2)
    return text.encode()


class RosbagFolder:
    """A rosbag2 directory with ``metadata.yaml``, of one storage file."""

    def __init__(self, path: Path, plugin: StoragePlugin = StoragePlugin.MCAP) -> None:
        self._path = path
        self._writer = FolderWriter(path, version=9, storage_plugin=plugin)
        self._writer.open()
        self._connections: dict[tuple[str, str], Connection] = {}

    def declare(self, channel: Channel) -> None:
        """
        Write what the topic is.

        :raises OSError: if it is not of ROS 2, which this form cannot hold.
        """
        key = channel.topic, channel.msgtype
        if key in self._connections:
            return
        if channel.encoding != CDR:
            raise OSError(
                f'{channel.topic} is encoded in {channel.encoding}, which only NAME.mcap can hold'
            )
        self._connections[key] = self._writer.add_connection(
            channel.topic,
            channel.msgtype,
            typestore=_store_with(channel),
            offered_qos_profiles=[LATCHED] if channel.latched else [],
        )

    def write(
        self, topic: str, msgtype: str, log_time_ns: int, data: bytes, *, latched: bool
    ) -> None:
        """Append one serialised message."""
        self.declare(Channel(topic, msgtype, latched=latched))
        self._writer.write(self._connections[topic, msgtype], log_time_ns, data)

    def flush(self) -> None:
        """Do nothing: ``rosbags`` completes a directory only at its end."""

    def finish(self) -> Path:
        """Write ``metadata.yaml``."""
        self._writer.close()
        return self._path

    def abort(self) -> None:
        """Release the files."""
        self._writer.abort()


def _store_with(channel: Channel) -> Typestore:
    """
    Return the types that are known, or those that a channel defines.

    :raises OSError: if it defines them in a way that cannot be read.
    """
    if channel.msgtype in load_typestore().types or not channel.schema:
        return load_typestore()
    store = get_typestore(Stores.ROS2_JAZZY)
    try:
        kinds = get_types_from_msg(channel.schema[1].decode(), channel.msgtype)
        store.register({name: kind for name, kind in kinds.items() if name not in store.types})
    except (TypesysError, UnicodeDecodeError) as error:
        raise OSError(f'{channel.topic} is of a type whose definition cannot be read') from error
    return store


class SqliteFile(RosbagFolder):
    """A single sqlite3 file, as ``ros2 bag play FILE.db3`` takes it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.with_suffix(''), StoragePlugin.SQLITE3)

    def finish(self) -> Path:
        """Complete the database."""
        folder = super().finish()
        return folder / f'{folder.name}.db3'
