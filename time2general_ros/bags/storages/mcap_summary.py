"""What an MCAP file declares at its end: topics, counts and where its chunks lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import IO
import zlib

from mcap.opcode import Opcode
from mcap.records import ChunkIndex, Footer, Statistics

from time2general_ros.bags.storages.mcap_records import (
    HEAD_BYTES,
    MAGIC,
    Channels,
    McapDamageError,
    parse,
    records,
)

_FOOTER_BYTES = HEAD_BYTES + 20
# Of a chunk without its compression and its data.
_CHUNK_BYTES = HEAD_BYTES + 40
_FOOTER_HEAD = bytes([Opcode.FOOTER]) + (20).to_bytes(8, 'little')


@dataclass
class Summary:
    """
    The summary of a file.

    :param counts: Number of messages by channel id.
    :param chunks: In order of their first log times; empty if the file has no index of them.
    """

    channels: Channels = field(default_factory=Channels)
    counts: dict[int, int] = field(default_factory=dict)
    chunks: list[ChunkIndex] = field(default_factory=list)


def read_summary(file: IO[bytes]) -> Summary | None:
    """
    Read the summary of a file and hold it against itself.

    :returns: None if the file has none, or none that counts messages by topic.
    :raises McapDamageError: if it is damaged.
    """
    size = file.seek(0, 2)
    if size < 2 * len(MAGIC) + _FOOTER_BYTES:
        return None
    end = file.seek(size - _FOOTER_BYTES - len(MAGIC))
    tail = file.read()
    if not (tail.startswith(_FOOTER_HEAD) and tail.endswith(MAGIC)):
        return None
    footer = parse(Footer.read, tail[HEAD_BYTES:])
    if footer.summary_start == 0:
        return None
    if not len(MAGIC) < footer.summary_start <= end:
        raise McapDamageError('has a damaged index (it starts outside of the file)')
    file.seek(footer.summary_start)
    section = file.read(end - footer.summary_start)
    checked = section + tail[: _FOOTER_BYTES - 4]
    if footer.summary_crc and zlib.crc32(checked) != footer.summary_crc:
        raise McapDamageError('has a damaged index (its checksum is wrong)')
    return _parse(section, footer.summary_start)


def _parse(section: bytes, data_end: int) -> Summary | None:
    summary = Summary()
    statistics: Statistics | None = None
    end = 0
    for record in records(BytesIO(section)):
        end = record.offset + HEAD_BYTES + len(record.content)
        if record.opcode == Opcode.CHUNK_INDEX:
            summary.chunks.append(parse(ChunkIndex.read, record.content))
        elif record.opcode == Opcode.STATISTICS:
            statistics = parse(Statistics.read, record.content)
        else:
            summary.channels.learn(record)
    if end != len(section):
        raise McapDamageError('has a damaged index')
    if statistics is None or not (statistics.channel_message_counts and summary.channels):
        return None
    # Topics without messages may have no count.
    summary.counts = {**dict.fromkeys(summary.channels, 0), **statistics.channel_message_counts}
    summary.chunks.sort(key=lambda c: (c.message_start_time, c.chunk_start_offset))
    _check(summary, statistics, data_end)
    return summary


def _check(summary: Summary, statistics: Statistics, data_end: int) -> None:
    chunks = sorted(summary.chunks, key=lambda c: c.chunk_start_offset)
    ends = [(c.chunk_start_offset, c.chunk_start_offset + c.chunk_length) for c in chunks]
    wrong = {
        'its counts do not add up': sum(summary.counts.values()) != statistics.message_count,
        'it counts messages of unknown topics': any(
            channel not in summary.channels for channel, n in summary.counts.items() if n
        ),
        'it does not list every chunk': len(chunks) not in (0, statistics.chunk_count),
        'its chunks overlap': any(end > start for (_, end), (start, _) in pairwise(ends)),
        'its chunks have other sizes': not all(_is_coherent(chunk) for chunk in chunks),
        'its chunks lie outside of the data': any(
            c.chunk_start_offset < len(MAGIC)
            or c.chunk_start_offset + c.chunk_length + c.message_index_length > data_end
            for c in chunks
        ),
    }
    for flaw in (flaw for flaw, found in wrong.items() if found):
        raise McapDamageError(f'has a damaged index ({flaw})')


def _is_coherent(chunk: ChunkIndex) -> bool:
    """Tell whether a chunk's places and sizes, which say some things twice, agree."""
    name = chunk.compression.encode()
    end = chunk.chunk_start_offset + chunk.chunk_length
    indexes = range(end, end + chunk.message_index_length)
    return chunk.chunk_length == _CHUNK_BYTES + len(name) + chunk.compressed_size and all(
        offset in indexes for offset in chunk.message_index_offsets.values()
    )
