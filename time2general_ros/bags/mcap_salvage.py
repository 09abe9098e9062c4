"""
MCAP files without an index: cut off, or left by a recorder that was killed.

The records are read from the front (https://mcap.dev/spec), those of a chunk that is itself cut
off included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
import struct
from typing import IO, NamedTuple, cast

import lz4.frame  # type: ignore[import-untyped]
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Schema
import zstandard

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.storage import RawMessage, TopicInfo

_MAGIC = b'\x89MCAP0\r\n'
_MAX_RECORD_BYTES = 1 << 30
_MESSAGE_HEAD = struct.Struct('<HIQQ')
_CHUNK_HEAD = struct.Struct('<QQQI')


class _Record(NamedTuple):
    opcode: int
    content: bytes
    complete: bool


class SalvagedMcap:
    """
    The messages before the cut of an MCAP file, in the order in which they were written.

    :raises BagError: if the file is no MCAP file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open('rb')
        self._flaws: list[str] = []
        magic = self._file.read(len(_MAGIC))
        if magic and not _MAGIC.startswith(magic):
            self._file.close()
            raise BagError(f'{path} is not an MCAP file; name a rosbag2 directory, .mcap or .db3')
        self._topics = self._count()

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics that have a message before the cut."""
        return self._topics

    @property
    def damage(self) -> str | None:
        """What is missing from the file; None if it is whole and merely has no index."""
        if not self._flaws:
            return None
        count = sum(topic.count for topic in self._topics.values())
        return f'{self._path} {"; ".join(self._flaws)}; {count} messages are readable'

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the messages before the cut."""
        return (message for message in self._scan() if message.topic in topics)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _count(self) -> dict[str, TopicInfo]:
        counts = Counter((message.topic, message.msgtype) for message in self._scan())
        return {topic: TopicInfo(msgtype, count) for (topic, msgtype), count in counts.items()}

    def _scan(self) -> Iterator[RawMessage]:
        self._flaws = []
        self._file.seek(len(_MAGIC))
        schemas: dict[int, str] = {}
        channels: dict[int, tuple[str, str]] = {}
        for opcode, content, _ in self._flat_records():
            try:
                if opcode == Opcode.SCHEMA:
                    schema = Schema.read(ReadDataStream(BytesIO(content)))
                    schemas[schema.id] = schema.name
                elif opcode == Opcode.CHANNEL:
                    channel = Channel.read(ReadDataStream(BytesIO(content)))
                    channels[channel.id] = channel.topic, schemas.get(channel.schema_id, '')
            except (ValueError, struct.error, McapError) as error:
                self._flaws.append(f'holds a damaged topic ({error})')
            if opcode == Opcode.MESSAGE and len(content) >= _MESSAGE_HEAD.size:
                channel_id, _, log_time_ns, _ = _MESSAGE_HEAD.unpack_from(content)
                if channel_id in channels:
                    data = content[_MESSAGE_HEAD.size :]
                    yield RawMessage(*channels[channel_id], log_time_ns, data)

    def _flat_records(self) -> Iterator[_Record]:
        """Yield the whole records of the data section, those of chunks in place of the chunks."""
        ended = False
        for record in _records(self._file):
            if record.opcode == Opcode.CHUNK:
                try:
                    yield from (r for r in _records(_open_chunk(record.content)) if r.complete)
                except (ValueError, RuntimeError, zstandard.ZstdError) as error:
                    self._flaws.append(f'holds a damaged chunk ({error})')
            elif ended and record.opcode == Opcode.FOOTER and self._file.read(8) == _MAGIC:
                return
            elif record.complete:
                ended = ended or record.opcode == Opcode.DATA_END
                yield record
        self._flaws.append('lost its index' if ended else 'is cut off before its end')


def _records(stream: IO[bytes]) -> Iterator[_Record]:
    while len(head := stream.read(9)) == 9:
        opcode, length = head[0], int.from_bytes(head[1:], 'little')
        content = stream.read(min(length, _MAX_RECORD_BYTES))
        complete = len(content) == length
        yield _Record(opcode, content, complete)
        if not complete:
            return


def _open_chunk(content: bytes) -> IO[bytes]:
    """Open the records of a chunk, which may be cut off anywhere."""
    offset = _CHUNK_HEAD.size
    length = int.from_bytes(content[offset : offset + 4], 'little')
    name = content[offset + 4 : offset + 4 + length].decode()
    if name not in _DECOMPRESSORS:
        raise ValueError(f'unknown compression {name!r}')
    return _DECOMPRESSORS[name](content[offset + 4 + length + 8 :])


def _open_zstd(data: bytes) -> IO[bytes]:
    return cast('IO[bytes]', zstandard.ZstdDecompressor().stream_reader(BytesIO(data)))


def _open_lz4(data: bytes) -> IO[bytes]:
    return BytesIO(lz4.frame.LZ4FrameDecompressor().decompress(data))


_DECOMPRESSORS: dict[str, Callable[[bytes], IO[bytes]]] = {
    '': BytesIO,
    'lz4': _open_lz4,
    'zstd': _open_zstd,
}
