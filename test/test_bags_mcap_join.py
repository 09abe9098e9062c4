from __future__ import annotations

from pathlib import Path

from bag_samples import IMAGE, noise, stamp
from mcap.reader import make_reader
import pytest

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import Channel
from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.storages.mcap_join import join
from time2general_ros.bags.writer import BagWriter

TOPICS = ('/a', '/b', '/silent')


def write(path: Path, indices: range, topics: tuple[str, ...] = TOPICS) -> Path:
    with BagWriter(path) as writer:
        for topic in topics:
            writer.declare(Channel(topic, IMAGE, latched=topic == '/b'))
        for index in indices:
            message = mono8_message(noise(index), stamp(index), 'front')
            writer.write('/ab'[0] + 'ab'[index % 2], IMAGE, stamp(index), message)
    return path


def joined(folder: Path, *parts: range) -> Path:
    files = [write(folder / f'{n}.mcap', part) for n, part in enumerate(parts)]
    join(files, folder / 'out.mcap')
    return folder / 'out.mcap'


def test_the_messages_of_all_parts_are_there_in_order(tmp_path):
    out = joined(tmp_path, range(600), range(600, 600), range(600, 1000))
    with BagReader(out) as reader:
        assert {name: info.count for name, info in reader.topics.items()} == {
            '/a': 500,
            '/b': 500,
            '/silent': 0,
        }
        times = [raw.log_time_ns for raw in reader.raw_messages()]
        assert times == [stamp(index) for index in range(1000)]
        assert reader.damage is None


def test_other_readers_take_it_by_its_index(tmp_path):
    out = joined(tmp_path, range(30), range(30, 40))
    with out.open('rb') as file:
        reader = make_reader(file, validate_crcs=True)
        summary = reader.get_summary()
        assert summary.statistics.message_count == 40
        assert len(summary.chunk_indexes) == summary.statistics.chunk_count == 2
        found = [m.log_time for _, _, m in reader.iter_messages(topics=['/b'])]
    assert found == [stamp(index) for index in range(1, 40, 2)]


def test_parts_with_other_numbers_are_refused(tmp_path):
    files = [
        write(tmp_path / '0.mcap', range(3)),
        write(tmp_path / '1.mcap', range(3), ('/b', '/a')),
    ]
    with pytest.raises(BagError, match='number of /a'):
        join(files, tmp_path / 'out.mcap')


def test_a_part_that_is_cut_off_is_refused(tmp_path):
    part = write(tmp_path / '0.mcap', range(30))
    part.write_bytes(part.read_bytes()[:-40])
    with pytest.raises(BagError, match=r'0\.mcap has no summary|0\.mcap holds a damaged'):
        join([part], tmp_path / 'out.mcap')
