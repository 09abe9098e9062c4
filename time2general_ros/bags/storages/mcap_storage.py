"""MCAP files: by their index where it can be trusted, else from the front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
import heapq
from io import BytesIO
from pathlib import Path

from mcap.opcode import Opcode
from mcap.records import ChunkIndex, MessageIndex

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.storages.mcap_records import (
    HEAD_BYTES,
    MAGIC,
    Channels,
    McapDamageError,
    Record,
    open_chunk,
    parse,
    records,
)
from time2general_ros.bags.storages.mcap_summary import read_summary
from time2general_ros.bags.storages.storage import Flaws, RawMessage, TopicInfo, merge_topics

_PRIVATE_OPCODES = 0x80
# By channel and log time.
_Times = Counter[tuple[int, int]]


class McapStorage:
    """
    An MCAP file; in order of log time if it has an index, else as it was written.

    All that is read is held against what the file declares: checksums, the message index of each
    chunk, the chunk index and the statistics. What does not agree is told in :attr:`damage`.

    :param name: The file as its user knows it.
    :raises BagError: if the file is no MCAP file.
    """

    def __init__(self, path: Path, name: Path) -> None:
        self._flaws = Flaws(name)
        self._file = path.open('rb')
        try:
            magic = self._file.read(len(MAGIC))
            if not MAGIC.startswith(magic):
                raise BagError(
                    f'{name} is not an MCAP file; name a rosbag2 directory, .mcap or .db3'
                )
            try:
                self._summary = read_summary(self._file)
            except McapDamageError as error:
                self._summary = None
                self._flaws.add(str(error))
            self._channels = self._summary.channels if self._summary else Channels()
            self._counts = self._summary.counts if self._summary else self._count()
        except BaseException:
            self._file.close()
            raise

    @property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics that are declared, or that have a message if none are."""
        return merge_topics(
            (channel.topic, TopicInfo(channel.msgtype, count, channel.encoding))
            for channel, count in (
                (self._channels[key], count)
                for key, count in self._counts.items()
                if key in self._channels
            )
        )

    @property
    def definitions(self) -> dict[str, Channel]:
        """The channels that are declared, by topic."""
        return self._channels.definitions

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """The first and the last log time, by the index."""
        chunks = self._summary.chunks if self._summary else []
        if not chunks:
            return None
        return chunks[0].message_start_time, max(chunk.message_end_time for chunk in chunks)

    @property
    def damage(self) -> str | None:
        """What is wrong with the file; complete once the messages have been iterated over."""
        return self._flaws.text(sum(self._counts.values()))

    def messages(self, topics: frozenset[str]) -> Iterator[RawMessage]:
        """Iterate over the readable messages of some topics."""
        read: Counter[int] = Counter()
        by_index = self._summary and self._summary.chunks
        for channel, message in self._indexed(topics) if by_index else self._scanned():
            if message.topic in topics:
                read[channel] += 1
                yield message
        self._compare(topics, read)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _compare(self, topics: frozenset[str], read: Counter[int]) -> None:
        """Hold what was read against the statistics, once."""
        for channel, declared in self._counts.items():
            if channel in self._channels and self._channels[channel].topic in topics:
                found, topic = read[channel], self._channels[channel].topic
                if found != declared:
                    self._flaws.add(f'declares {declared} messages of {topic} and holds {found}')
                    self._counts[channel] = found

    def _count(self) -> dict[int, int]:
        return Counter(channel for channel, _ in self._scanned())

    def _indexed(self, topics: frozenset[str]) -> Iterator[tuple[int, RawMessage]]:
        """Read the chunks that hold some topics, merged by log time where they overlap."""
        assert self._summary
        waiting: list[tuple[int, int, int, RawMessage]] = []
        number = 0
        for chunk in self._summary.chunks:
            if not self._may_hold(chunk, topics):
                continue
            while waiting and waiting[0][0] <= chunk.message_start_time:
                yield heapq.heappop(waiting)[2:]
            for channel, message in self._indexed_chunk(chunk):
                if message.topic in topics:
                    number += 1
                    heapq.heappush(waiting, (message.log_time_ns, number, channel, message))
        while waiting:
            yield heapq.heappop(waiting)[2:]

    def _may_hold(self, chunk: ChunkIndex, topics: frozenset[str]) -> bool:
        # Without message indexes nothing tells what is in a chunk.
        listed = chunk.message_index_offsets
        return not listed or any(
            key not in self._channels or self._channels[key].topic in topics for key in listed
        )

    def _indexed_chunk(self, chunk: ChunkIndex) -> list[tuple[int, RawMessage]]:
        start = self._file.seek(chunk.chunk_start_offset)
        head = self._file.read(HEAD_BYTES)
        content = self._file.read(chunk.chunk_length - HEAD_BYTES)
        index = self._file.read(chunk.message_index_length)
        record = Record(head[0] if head else 0, start, content, complete=True)
        length = int.from_bytes(head[1:], 'little')
        if record.opcode != Opcode.CHUNK or length + HEAD_BYTES != chunk.chunk_length:
            self._flaws.add(f'has no chunk at byte {start}, where its index says')
        messages = self._open_chunk(record, chunk)
        listed: _Times = Counter()
        for entry in records(BytesIO(index)):
            self._add_listed(listed, entry)
        self._compare_chunk(start, messages, listed)
        return messages

    def _scanned(self) -> Iterator[tuple[int, RawMessage]]:
        """Read all messages from the front."""
        self._file.seek(len(MAGIC))
        ended = False
        chunk: tuple[int, list[tuple[int, RawMessage]]] | None = None
        listed: _Times = Counter()
        last = len(MAGIC)
        for record in records(self._file, len(MAGIC)):
            last = record.offset
            if record.opcode == Opcode.MESSAGE_INDEX and record.complete:
                if chunk is None:
                    self._flaws.add('lists messages of no chunk', record.offset)
                self._add_listed(listed, record)
                continue
            if chunk:
                self._compare_chunk(*chunk, listed)
            chunk, listed = None, Counter()
            if record.opcode == Opcode.CHUNK:
                messages = self._open_chunk(record, None)
                chunk = record.offset, messages
                yield from messages
            elif record.opcode == Opcode.FOOTER and ended and self._file.read(8) == MAGIC:
                return
            elif not record.complete:
                break
            elif record.opcode == Opcode.MESSAGE:
                yield from self._message(record)
            else:
                ended = ended or record.opcode == Opcode.DATA_END
                self._learn(record)
        self._flaws.add(self._early_end(ended, last))

    def _early_end(self, data_ended: bool, last: int) -> str:
        if data_ended:
            return 'lost its index'
        self._file.seek(max(0, self._file.seek(0, 2) - len(MAGIC)))
        is_whole = self._file.read() == MAGIC
        return f'is damaged at byte {last}' if is_whole else 'is cut off before its end'

    def _open_chunk(
        self, record: Record, index: ChunkIndex | None
    ) -> list[tuple[int, RawMessage]]:
        where = f'a damaged chunk at byte {record.offset}'
        try:
            head, data, flaw = open_chunk(record.content)
        except McapDamageError as error:
            self._flaws.add(str(error))
            return []
        if index and (
            (index.message_start_time, index.message_end_time) != (head.start_ns, head.end_ns)
            or (index.uncompressed_size, index.compression) != (head.size, head.compression)
        ):
            self._flaws.add(f'holds {where} (its index says otherwise)')
        if flaw and record.complete:
            self._flaws.add(f'holds {where} ({flaw})')
        messages: list[tuple[int, RawMessage]] = []
        # No record of the file itself lies there, so that each flaw has a place of its own.
        first = record.offset + HEAD_BYTES
        for inner in records(BytesIO(data), first):
            if not inner.complete:
                if flaw is None and record.complete:
                    self._flaws.add(f'holds {where} (a record is longer than the chunk)')
            elif inner.opcode == Opcode.MESSAGE:
                messages += self._message(inner)
            elif inner.opcode in (Opcode.SCHEMA, Opcode.CHANNEL):
                self._learn(inner)
            else:
                self._flaws.add(f'holds {where} (a record that belongs into none)')
        return messages

    def _message(self, record: Record) -> Iterator[tuple[int, RawMessage]]:
        try:
            yield self._channels.message(record)
        except McapDamageError as error:
            self._flaws.add(str(error), record.offset)

    def _learn(self, record: Record) -> None:
        if record.opcode == 0 or Opcode.DATA_END < record.opcode < _PRIVATE_OPCODES:
            self._flaws.add('holds a record of no known kind', record.offset)
        try:
            self._channels.learn(record)
        except McapDamageError as error:
            self._flaws.add(str(error), record.offset)

    def _add_listed(self, listed: _Times, record: Record) -> None:
        try:
            entry = parse(MessageIndex.read, record.content)
        except McapDamageError as error:
            self._flaws.add(str(error))
        else:
            listed.update((entry.channel_id, time_ns) for time_ns, _ in entry.records)

    def _compare_chunk(
        self, start: int, messages: list[tuple[int, RawMessage]], listed: _Times
    ) -> None:
        """Hold a chunk against its message index, if it has one."""
        found = Counter((channel, message.log_time_ns) for channel, message in messages)
        if listed and found != listed:
            lost = (listed - found).total()
            self._flaws.add(
                f'holds a damaged chunk at byte {start} (it differs from its index in '
                f'{max(lost, (found - listed).total())} messages)'
            )
