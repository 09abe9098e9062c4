from __future__ import annotations

from pathlib import Path
import random
import sqlite3
import struct

from bag_forms import TOPIC, cdr, write_mcap, write_ros1_bag, write_rosbag2
from bag_samples import ThresholdSegmenter, stamp
from mcap.reader import make_reader
from mcap.writer import CompressionType
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.images import BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.cli import replay as command
from time2general_ros.cli.main import main

COUNT = 6
SQLITE, MCAP = StoragePlugin.SQLITE3, StoragePlugin.MCAP


def single(path: Path, plugin: StoragePlugin, mode: CompressionMode) -> Path:
    folder = write_rosbag2(path.with_name('folder'), plugin, mode)
    return next(f for f in folder.iterdir() if f.name != 'metadata.yaml').rename(path)


# As rosbag2 and others write them; rosbags has neither checksums nor sizes that help.
WRITERS = {
    'zstd.mcap': lambda path: write_mcap(path, chunk_size=2000),
    'lz4.mcap': lambda path: write_mcap(
        path, compression=CompressionType.LZ4, chunk_size=2000, enable_crcs=False
    ),
    'plain.mcap': lambda path: write_mcap(path, compression=CompressionType.NONE, chunk_size=2000),
    'unchunked.mcap': lambda path: write_mcap(path, use_chunking=False),
    'rosbags.mcap': lambda path: single(path, MCAP, CompressionMode.NONE),
    'bag.db3': lambda path: single(path, SQLITE, CompressionMode.NONE),
    'bag.db3.zstd': lambda path: single(path, SQLITE, CompressionMode.FILE),
    'bag.bag': write_ros1_bag,
}


def outcome(path: Path) -> tuple[int, str | None]:
    """Return how many images come, and what is told."""
    try:
        with BagReader(path) as reader:
            items = list(read_frames(reader, reader.image_topic()))
            bad = [item.message for item in items if not isinstance(item, BagFrame)]
            return len(items) - len(bad), '; '.join([*bad, reader.damage or '']) or None
    except BagError as error:
        return 0, str(error)


@pytest.mark.parametrize('kind', ['flip', 'cut', 'bytes'])
@pytest.mark.parametrize('name', WRITERS)
def test_all_frames_come_or_damage_is_told(tmp_path, name, kind):
    data = WRITERS[name](tmp_path / name).read_bytes()
    assert outcome(tmp_path / name) == (COUNT, None)
    rng = random.Random(f'{name} {kind}')
    path = tmp_path / f'damaged.{name}'
    for _ in range(60):
        damaged = bytearray(data)
        place = rng.randrange(len(data))
        if kind == 'flip':
            damaged[place] ^= 1 << rng.randrange(8)
        elif kind == 'cut':
            del damaged[place:]
        else:
            damaged[place : place + 8] = rng.randbytes(8)
        path.write_bytes(bytes(damaged))
        frames, told = outcome(path)
        assert frames <= COUNT, place
        assert frames == COUNT or told, f'{kind} at {place}'
        assert '\n' not in (told or '')


def damage(path: Path, place: int, value: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[place : place + len(value)] = value
    path.write_bytes(bytes(content))
    return path


def places(path: Path) -> dict[str, int]:
    """Find the records of the summary by their kind."""
    with path.open('rb') as file:
        make_reader(file).get_summary()
    data = path.read_bytes()
    (start,) = struct.unpack_from('<Q', data, len(data) - 28)
    found: dict[str, int] = {}
    names = {3: 'schema', 4: 'channel', 8: 'chunk index', 11: 'statistics'}
    while data[start] != 2:
        (length,) = struct.unpack_from('<Q', data, start + 1)
        found.setdefault(names.get(data[start], str(data[start])), start)
        start += 9 + length
    return found


@pytest.mark.parametrize(
    ('record', 'offset', 'value', 'words'),
    [
        ('chunk index', 0, b'\x88', None),
        ('chunk index', 25, b'\xff', 'its chunks have other sizes'),
        ('chunk index', 45, b'\x07', None),
        ('chunk index', 9, b'\0\0', 'its index says otherwise'),
        ('statistics', 0, b'\x8b', None),
        ('statistics', 9, b'\x07', 'do not add up'),
        ('statistics', 57, b'\x05', 'do not add up'),
        ('statistics', 55, b'\x05', 'of unknown topics'),
        ('schema', 0, b'\x83', 'does not name the type'),
        ('channel', 11, b'\x05', 'does not name the type'),
        ('channel', 0, b'\x84', None),
    ],
)
def test_a_damaged_index_loses_no_frame(tmp_path, record, offset, value, words):
    path = single(tmp_path / 'bag.mcap', MCAP, CompressionMode.NONE)
    damage(path, places(path)[record] + offset, value)
    frames, told = outcome(path)
    assert frames == COUNT
    assert words is None or words in told


def test_checksum_of_the_index_is_held_against_it(tmp_path):
    path = write_mcap(tmp_path / 'bag.mcap')
    damage(path, places(path)['channel'] + 30, b'X')
    frames, told = outcome(path)
    assert frames == COUNT
    assert 'has a damaged index (its checksum is wrong)' in told


def test_a_message_that_lost_its_kind_is_missed(tmp_path):
    path = single(tmp_path / 'bag.mcap', MCAP, CompressionMode.NONE)
    head = b'\x05' + struct.pack('<Q', 22 + len(cdr(2)))
    damage(path, path.read_bytes().index(cdr(2)) - 22 - len(head), b'\x85')
    frames, told = outcome(path)
    assert frames == COUNT - 1
    assert 'differs from its index in 1 messages' in told
    assert f'declares {COUNT} messages of {TOPIC} and holds {COUNT - 1}' in told


def test_command_exits_3_when_the_index_is_damaged(tmp_path, monkeypatch, capsys):
    run = command.run
    monkeypatch.setattr(command, 'run', lambda args: run(args, lambda *_: ThresholdSegmenter()))
    path = single(tmp_path / 'bag.mcap', MCAP, CompressionMode.NONE)
    damage(path, places(path)['statistics'] + 9, b'\x07')
    assert main(['replay', str(path), '--out', str(tmp_path / 'out.mcap')]) == 3
    printed = capsys.readouterr()
    assert f'{COUNT} masks out' in printed.out
    assert 'has a damaged index' in printed.err


def change(path: Path, statement: str, *values: object) -> Path:
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    database.close()
    return path


def test_rows_that_only_the_index_of_a_sqlite3_bag_lists_are_missed(tmp_path):
    path = single(tmp_path / 'bag.db3', SQLITE, CompressionMode.NONE)
    with sqlite3.connect(path) as database:
        rows = dict(database.execute('SELECT name, rootpage FROM sqlite_master'))
        (page_bytes,) = database.execute('PRAGMA page_size').fetchone()
    database.close()
    # The root page of the table lists its rows; one fewer, and the last is lost from it.
    place = (rows['messages'] - 1) * page_bytes + 3
    (cells,) = struct.unpack_from('>H', path.read_bytes(), place)
    damage(path, place, struct.pack('>H', cells - 1))
    frames, told = outcome(path)
    assert frames < COUNT
    assert 'lacks messages that its index lists' in told


@pytest.mark.parametrize('time', [-5, -(1 << 62)])
def test_times_before_all_time_are_told_and_not_written(tmp_path, monkeypatch, capsys, time):
    run = command.run
    monkeypatch.setattr(command, 'run', lambda args: run(args, lambda *_: ThresholdSegmenter()))
    path = single(tmp_path / 'bag.db3', SQLITE, CompressionMode.NONE)
    change(path, 'UPDATE messages SET timestamp = ? WHERE id = 2', time)
    assert main(['replay', str(path), '--out', str(tmp_path / 'out.mcap')]) == 3
    assert f'has the log time {time} ns' in capsys.readouterr().err


def test_times_after_all_time_are_told(tmp_path):
    path = write_mcap(tmp_path / 'bag.mcap', use_chunking=False)
    log_time = struct.pack('<Q', stamp(2))
    damage(path, path.read_bytes().index(log_time) + 7, b'\xff')
    frames, told = outcome(path)
    assert frames == COUNT - 1
    assert 'has the log time' in told


@pytest.mark.parametrize('column', ['name', 'type', 'serialization_format'])
def test_names_that_are_no_text_are_shown_with_escapes(tmp_path, column):
    path = single(tmp_path / 'bag.db3', SQLITE, CompressionMode.NONE)
    change(path, f"UPDATE topics SET {column} = CAST(x'2f61ff' AS TEXT)")
    with BagReader(path) as reader:
        ((name, info),) = reader.topics.items()
        assert 'a\\xff' in f'{name} {info}'


def test_a_database_that_is_no_bag_is_called_so(tmp_path):
    path = tmp_path / 'own.db3'
    change(path, 'CREATE TABLE own (id INTEGER)')
    with pytest.raises(BagError, match='is a sqlite3 file, but no bag of rosbag2'):
        BagReader(path)


def test_messages_that_a_killed_recorder_had_not_merged_are_read(tmp_path):
    path = single(tmp_path / 'bag.db3', SQLITE, CompressionMode.NONE)
    database = sqlite3.connect(path)
    try:
        database.execute('PRAGMA journal_mode=WAL')
        database.execute('INSERT INTO messages VALUES (7, 1, ?, ?)', (stamp(6), cdr(6)))
        database.commit()
        assert path.with_name('bag.db3-wal').stat().st_size
        assert outcome(path) == (COUNT + 1, None)
    finally:
        database.close()
