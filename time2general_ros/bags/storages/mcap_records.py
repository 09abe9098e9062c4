"""The records of MCAP files (https://mcap.dev/spec), whole or damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
import struct
from typing import IO, NamedTuple, TypeVar
import zlib

import lz4.frame  # type: ignore[import-untyped]
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel as ChannelRecord
from mcap.records import Schema

from time2general_ros.bags.channel import Channel
from time2general_ros.bags.storages.storage import RawMessage, ros_type
from time2general_ros.bags.storages.zstd import ZstdError, unzstd

MAGIC = b'\x89MCAP0\r\n'
HEAD_BYTES = 9
_MAX_RECORD_BYTES = 1 << 30
_MESSAGE_HEAD = struct.Struct('<HIQQ')
_CHUNK_HEAD = struct.Struct('<QQQI')
_LZ4_STEP = 1 << 16

T = TypeVar('T')


class McapDamageError(Exception):
    """A record cannot be right; the message completes a sentence that starts with the file."""


class Record(NamedTuple):
    """
    One record.

    :param offset: Where it starts in its stream.
    :param complete: Whether all of its content is there.
    """

    opcode: int
    offset: int
    content: bytes
    complete: bool


def records(stream: IO[bytes], offset: int = 0) -> Iterator[Record]:
    """
    Read records up to the end of the stream or a record that is cut off.

    :param offset: Where the stream stands.
    """
    while len(head := stream.read(HEAD_BYTES)) == HEAD_BYTES:
        opcode, length = head[0], int.from_bytes(head[1:], 'little')
        content = stream.read(min(length, _MAX_RECORD_BYTES))
        complete = len(content) == length
        yield Record(opcode, offset, content, complete)
        if not complete:
            return
        offset += HEAD_BYTES + length


def parse(kind: Callable[[ReadDataStream], T], content: bytes) -> T:
    """
    Read the fields of a record with the ``mcap`` library.

    :param kind: The reading method, as ``Channel.read``.
    :raises McapDamageError: if the content is damaged.
    """
    try:
        return kind(ReadDataStream(BytesIO(content)))
    except (ValueError, OverflowError, struct.error, McapError) as error:
        raise McapDamageError(f'holds a damaged record ({error})') from error


class ChunkHead(NamedTuple):
    """What a chunk says of itself; times in ns, sizes in bytes, compression as ``zstd``."""

    start_ns: int
    end_ns: int
    size: int
    crc: int
    compression: str


def open_chunk(content: bytes) -> tuple[ChunkHead, bytes, str | None]:
    """
    Open a chunk, which may be cut off or damaged anywhere.

    :returns: Its head; its records as far as they can be had; what is wrong, None if nothing is.
    :raises McapDamageError: if nothing can be had.
    """
    offset = _CHUNK_HEAD.size
    length = int.from_bytes(content[offset : offset + 4], 'little')
    start = offset + 4 + length + 8
    if len(content) < start:
        raise McapDamageError('is cut off in a chunk')
    name = content[offset + 4 : offset + 4 + length].decode(errors='backslashreplace')
    start_ns, end_ns, size, crc = _CHUNK_HEAD.unpack_from(content)
    head = ChunkHead(start_ns, end_ns, size, crc, name)
    if name not in _DECOMPRESSORS:
        raise McapDamageError(
            f'holds a chunk with the compression {name!r}, which is not read; read are none, '
            'lz4 and zstd'
        )
    data, flaw = _DECOMPRESSORS[name](content[start:])
    if flaw is None and len(data) != head.size:
        flaw = f'{len(data)} bytes instead of {head.size}'
    elif flaw is None and head.crc and zlib.crc32(data) != head.crc:
        flaw = 'its checksum is wrong, so that images of it may be too'
    return head, data, flaw


def _plain(data: bytes) -> tuple[bytes, str | None]:
    return data, None


def _unzstd(data: bytes) -> tuple[bytes, str | None]:
    parts: list[bytes] = []
    try:
        for part in unzstd(BytesIO(data)):
            parts.append(part)
    except ZstdError as error:
        return b''.join(parts), str(error)
    return b''.join(parts), None


def _unlz4(data: bytes) -> tuple[bytes, str | None]:
    parts: list[bytes] = []
    decompressor = lz4.frame.LZ4FrameDecompressor()
    try:
        for start in range(0, len(data), _LZ4_STEP):
            if decompressor.eof:
                break
            parts.append(decompressor.decompress(data[start : start + _LZ4_STEP]))
    except RuntimeError as error:
        return b''.join(parts), str(error)
    return b''.join(parts), None


_DECOMPRESSORS: dict[str, Callable[[bytes], tuple[bytes, str | None]]] = {
    '': _plain,
    'lz4': _unlz4,
    'zstd': _unzstd,
}


class ChannelInfo(NamedTuple):
    """What the messages of a channel are."""

    topic: str
    msgtype: str
    encoding: str


class Channels:
    """
    The channels of a file by their ids, learned from its records.

    :attr:`definitions` has the first of each topic in full.
    """

    def __init__(self) -> None:
        self._schemas: dict[int, str] = {0: ''}
        self._texts: dict[int, tuple[str, bytes]] = {}
        self._by_id: dict[int, ChannelInfo] = {}
        self.definitions: dict[str, Channel] = {}

    def __getitem__(self, channel_id: int) -> ChannelInfo:
        return self._by_id[channel_id]

    def __contains__(self, channel_id: int) -> bool:
        return channel_id in self._by_id

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_id)

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def learn(self, record: Record) -> None:
        """
        Take note of a schema or a channel; other records are left alone.

        :raises McapDamageError: if it is damaged, or contradicts what is known.
        """
        if record.opcode == Opcode.SCHEMA:
            schema = parse(Schema.read, record.content)
            if self._schemas.setdefault(schema.id, schema.name) != schema.name:
                raise McapDamageError(f'names the type {self._schemas[schema.id]} in two ways')
            self._texts[schema.id] = schema.encoding, schema.data
        elif record.opcode == Opcode.CHANNEL:
            channel = parse(ChannelRecord.read, record.content)
            if channel.schema_id not in self._schemas:
                raise McapDamageError(f'does not name the type of {channel.topic}')
            kind = ros_type(self._schemas[channel.schema_id])
            info = ChannelInfo(channel.topic, kind, channel.message_encoding)
            if self._by_id.setdefault(channel.id, info) != info:
                raise McapDamageError(f'names the topic {self._by_id[channel.id][0]} in two ways')
            text = self._texts.get(channel.schema_id)
            self.definitions.setdefault(
                info.topic, Channel(*info, schema=text, metadata=channel.metadata)
            )

    def message(self, record: Record) -> tuple[int, RawMessage]:
        """
        Read a message.

        :returns: The id of its channel, and the message.
        :raises McapDamageError: if it is damaged or its channel is not known.
        """
        if len(record.content) < _MESSAGE_HEAD.size:
            raise McapDamageError('holds a damaged message')
        channel_id, _, log_time_ns, _ = _MESSAGE_HEAD.unpack_from(record.content)
        if channel_id not in self._by_id:
            raise McapDamageError('holds a message of an unknown topic')
        topic, msgtype, encoding = self._by_id[channel_id]
        data = record.content[_MESSAGE_HEAD.size :]
        return channel_id, RawMessage(topic, msgtype, log_time_ns, data, encoding)
