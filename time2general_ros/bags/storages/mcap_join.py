"""Joining MCAP files that were written one after the other, without unpacking them."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import IO, TYPE_CHECKING
from zlib import crc32

from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    McapRecord,
    Schema,
    Statistics,
    SummaryOffset,
)

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.storages.mcap_records import (
    HEAD_BYTES,
    MAGIC,
    McapDamageError,
    parse,
    records,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FOOTER_BYTES = HEAD_BYTES + 20
_STEP = 1 << 20
_HEADER = Header(profile='ros2', library='time2general_ros')


def join(parts: Iterable[Path], out: Path) -> None:
    """
    Write the messages of some files to one, in the order of the files.

    Chunks are copied as they are. So all files must give the same topics the same numbers, as
    those of :class:`~.sinks.McapFile` do that declare them in one order.

    :raises BagError: if a part is damaged.
    :raises OSError: if the disk is full or fails.
    """
    summary = _Summary()
    with out.open('wb') as file:
        file.write(MAGIC + _bytes(_HEADER))
        for part in parts:
            try:
                with part.open('rb') as source:
                    _append(source, file, summary)
            except McapDamageError as error:
                raise BagError(f'{part} {error}; remove its folder and begin anew') from error
        file.write(_bytes(DataEnd(data_section_crc=0)))
        summary.write(file)


class _Summary:
    """What the end of the joined file says of it."""

    def __init__(self) -> None:
        self._schemas: dict[int, Schema] = {}
        self._channels: dict[int, Channel] = {}
        self._chunks: list[ChunkIndex] = []
        self._counts: Counter[int] = Counter()

    def add_schema(self, schema: Schema) -> None:
        self._schemas.setdefault(schema.id, schema)

    def add_channel(self, channel: Channel) -> None:
        first = self._channels.setdefault(channel.id, channel)
        if (first.topic, first.schema_id) != (channel.topic, channel.schema_id):
            raise McapDamageError(f'gives {channel.topic} the number of {first.topic}')

    def add_chunk(self, chunk: ChunkIndex, shift: int) -> None:
        chunk.chunk_start_offset += shift
        for channel in chunk.message_index_offsets:
            chunk.message_index_offsets[channel] += shift
        self._chunks.append(chunk)

    def add_statistics(self, statistics: Statistics) -> None:
        self._counts.update(statistics.channel_message_counts)

    def write(self, file: IO[bytes]) -> None:
        start, section = file.tell(), BytesIO()
        groups: dict[Opcode, list[McapRecord]] = {
            Opcode.SCHEMA: [self._schemas[key] for key in sorted(self._schemas)],
            Opcode.CHANNEL: [self._channels[key] for key in sorted(self._channels)],
            Opcode.STATISTICS: [self._statistics()],
            Opcode.CHUNK_INDEX: [*self._chunks],
        }
        offsets: list[SummaryOffset] = []
        for opcode, group in groups.items():
            begin = section.tell()
            for record in group:
                section.write(_bytes(record))
            if group:
                offsets.append(SummaryOffset(opcode, start + begin, section.tell() - begin))
        offset_start = start + section.tell()
        for offset in offsets:
            section.write(_bytes(offset))
        tail = _bytes(Footer(start, offset_start, summary_crc=0))
        checksum = crc32(section.getvalue() + tail[:-4])
        file.write(section.getvalue() + tail[:-4] + checksum.to_bytes(4, 'little') + MAGIC)

    def _statistics(self) -> Statistics:
        chunks = [chunk for chunk in self._chunks if chunk.message_index_offsets]
        return Statistics(
            message_count=self._counts.total(),
            schema_count=len(self._schemas),
            channel_count=len(self._channels),
            attachment_count=0,
            metadata_count=0,
            chunk_count=len(self._chunks),
            message_start_time=min((c.message_start_time for c in chunks), default=0),
            message_end_time=max((c.message_end_time for c in chunks), default=0),
            channel_message_counts=dict(sorted(self._counts.items())),
        )


def _append(source: IO[bytes], file: IO[bytes], summary: _Summary) -> None:
    """Copy the data of a file, and take over what its summary says."""
    size = source.seek(0, 2)
    source.seek(max(0, size - _FOOTER_BYTES - len(MAGIC)))
    tail = source.read()
    footer = parse(Footer.read, tail[HEAD_BYTES:])
    source.seek(len(MAGIC))
    head = next(records(source), None)
    if head is None or tail[0] != Opcode.FOOTER or not 0 < footer.summary_start < size:
        raise McapDamageError('has no summary')
    start = len(MAGIC) + HEAD_BYTES + len(head.content)
    source.seek(footer.summary_start)
    end = footer.summary_start
    shift = file.tell() - start
    for record in records(source, end):
        if record.opcode == Opcode.SCHEMA:
            summary.add_schema(parse(Schema.read, record.content))
        elif record.opcode == Opcode.CHANNEL:
            summary.add_channel(parse(Channel.read, record.content))
        elif record.opcode == Opcode.CHUNK_INDEX:
            summary.add_chunk(parse(ChunkIndex.read, record.content), shift)
        elif record.opcode == Opcode.STATISTICS:
            summary.add_statistics(parse(Statistics.read, record.content))
    # All up to the record of the end of the data: an opcode, a length and a checksum.
    rest = end - (HEAD_BYTES + 4) - start
    source.seek(start)
    while rest > 0:
        block = source.read(min(_STEP, rest))
        file.write(block)
        rest -= len(block)


def _bytes(record: McapRecord) -> bytes:
    builder = RecordBuilder()
    record.write(builder)
    return bytes(builder.end())  # type: ignore[no-untyped-call]
