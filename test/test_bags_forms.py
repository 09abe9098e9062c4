from __future__ import annotations

import gzip
from pathlib import Path
import shutil

from bag_forms import MCAP_FORMS, TOPIC, write_mcap, write_ros1_bag, write_rosbag2, write_split
from bag_samples import noise, stamp
from mcap.writer import CompressionType
import numpy as np
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin
import zstandard

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.images import BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.storages.zstd import unzstd_bytes

MODES = [
    (plugin, mode)
    for plugin in StoragePlugin
    for mode in CompressionMode
    if (plugin, mode) != (StoragePlugin.SQLITE3, CompressionMode.STORAGE)
]


def read(path: Path) -> tuple[list[int], str | None]:
    """Return the numbers of the images that are read, and the damage."""
    with BagReader(path) as reader:
        topic = reader.image_topic()
        assert reader.topics[topic].count >= 3
        frames = list(read_frames(reader, topic))
        assert all(isinstance(item, BagFrame) for item in frames), frames
        for item in frames:
            assert item.stamp_ns == item.log_time_ns
            assert (item.image.shape[:2], item.frame_id) == ((48, 64), 'front')
        return [(item.log_time_ns - stamp(0)) // 100_000_000 for item in frames], reader.damage


def pack(file: Path) -> Path:
    packed = file.with_name(f'{file.name}.zstd')
    packed.write_bytes(zstandard.ZstdCompressor().compress(file.read_bytes()))
    return packed


@pytest.mark.parametrize(('plugin', 'mode'), MODES)
def test_every_compression_of_rosbag2_is_read(tmp_path, plugin, mode):
    bag = write_rosbag2(tmp_path / 'bag', plugin, mode)
    assert read(bag) == ([*range(6)], None)
    (bag / 'metadata.yaml').unlink()
    assert read(bag) == ([*range(6)], None)
    assert read(next(bag.iterdir())) == ([*range(6)], None)


@pytest.mark.parametrize(('plugin', 'mode'), MODES)
def test_every_compression_of_split_bags_is_read(tmp_path, plugin, mode):
    bag = write_split(tmp_path / 'bag', plugin, mode)
    assert read(bag) == ([*range(6)], None)
    (bag / 'metadata.yaml').unlink()
    assert read(bag) == ([*range(6)], None)
    assert read(sorted(bag.iterdir())[1]) == ([3, 4, 5], None)


def test_a_recorder_that_was_killed_leaves_its_last_file_unpacked(tmp_path):
    bag = write_split(tmp_path / 'bag', StoragePlugin.SQLITE3, CompressionMode.NONE)
    (bag / 'metadata.yaml').unlink()
    pack(bag / 'bag_0.db3')
    (bag / 'bag_0.db3').unlink()
    half = pack(bag / 'bag_1.db3')
    half.write_bytes(half.read_bytes()[:100])
    assert read(bag) == ([*range(6)], None)


def test_files_unpacked_by_hand_stand_for_those_of_the_metadata(tmp_path):
    bag = write_split(tmp_path / 'bag', StoragePlugin.MCAP, CompressionMode.FILE)
    for file in bag.glob('*.zstd'):
        file.with_suffix('').write_bytes(unzstd_bytes(file.read_bytes()))
        if file.name.startswith('bag_1'):
            file.unlink()
    assert read(bag) == ([*range(6)], None)


def test_the_name_of_a_packed_file_does_not_matter(tmp_path):
    bag = write_rosbag2(tmp_path / 'bag', StoragePlugin.MCAP, CompressionMode.FILE)
    shutil.copy(bag / 'bag.mcap.zstd', tmp_path / 'drive.mcap')
    assert read(tmp_path / 'drive.mcap') == ([*range(6)], None)


@pytest.mark.parametrize('share', [0.6, 0.9])
@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3'])
def test_a_packed_file_that_is_cut_off_is_called_so(tmp_path, name, share):
    plugin = StoragePlugin.MCAP if name == 'bag.mcap' else StoragePlugin.SQLITE3
    bag = write_rosbag2(tmp_path / 'bag', plugin, CompressionMode.FILE)
    file = bag / f'{name}.zstd'
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    try:
        numbers, damage = read(file)
    except BagError as error:
        numbers, damage = [], str(error)
    assert numbers == [*range(len(numbers))]
    assert f'{file} holds zstd data that is cut off' in damage
    assert 'corrupt' not in damage


def test_nothing_is_left_of_what_was_unpacked(tmp_path, monkeypatch):
    room = tmp_path / 'room'
    room.mkdir()
    monkeypatch.setattr('tempfile.tempdir', str(room))
    bag = write_split(tmp_path / 'bag', StoragePlugin.MCAP, CompressionMode.FILE)
    with BagReader(bag):
        assert len(list(room.rglob('*.mcap'))) == 2
    assert list(room.iterdir()) == []


def test_missing_files_and_messages_of_a_directory_are_told(tmp_path):
    bag = write_split(tmp_path / 'bag', StoragePlugin.MCAP, CompressionMode.NONE)
    (bag / 'bag_1.mcap').unlink()
    numbers, damage = read(bag)
    assert numbers == [0, 1, 2]
    assert 'lacks bag_1.mcap, which its metadata.yaml names' in damage
    assert f'declares 6 messages of {TOPIC}, the files hold 3' in damage


def test_a_file_that_the_metadata_does_not_name_is_told(tmp_path):
    bag = write_rosbag2(tmp_path / 'bag_0', StoragePlugin.MCAP, CompressionMode.NONE)
    shutil.copy(bag / 'bag_0.mcap', bag / 'bag_1.mcap')
    shutil.copy(bag / 'bag_0.mcap', bag / 'masks.mcap')
    numbers, damage = read(bag)
    assert numbers == [*range(6)]
    assert 'bag_1.mcap is not named' in damage
    assert 'ros2 bag reindex' in damage
    assert 'masks' not in damage


@pytest.mark.parametrize('content', [b'a: [', b'\xff\xfe', b'', b'- 1', b'rosbag2_bagfile: {}'])
def test_damaged_metadata_are_told_and_the_files_read(tmp_path, content):
    bag = write_split(tmp_path / 'bag', StoragePlugin.MCAP, CompressionMode.FILE)
    (bag / 'metadata.yaml').write_bytes(content)
    numbers, damage = read(bag)
    assert numbers == [*range(6)]
    assert 'metadata.yaml is damaged' in damage
    assert '\n' not in damage


def test_foreign_compressions_are_named_with_the_remedy(tmp_path):
    file = tmp_path / 'bag.mcap.gz'
    file.write_bytes(gzip.compress(write_mcap(tmp_path / 'bag.mcap').read_bytes()))
    with pytest.raises(BagError, match=r'compressed with gzip, which is not read.*gunzip'):
        BagReader(file)
    bag = write_rosbag2(tmp_path / 'bag', StoragePlugin.SQLITE3, CompressionMode.MESSAGE)
    text = (bag / 'metadata.yaml').read_text().replace('zstd', 'lz4')
    (bag / 'metadata.yaml').write_text(text)
    with pytest.raises(BagError, match=r'compressed with lz4, which is not read.*convert'):
        BagReader(bag)


@pytest.mark.parametrize('form', MCAP_FORMS)
@pytest.mark.parametrize('compression', CompressionType)
def test_every_encoding_of_images_in_mcap_is_read(tmp_path, form, compression):
    path = write_mcap(tmp_path / 'bag.mcap', form, compression=compression, chunk_size=2000)
    assert read(path) == ([*range(6)], None)


def test_pixels_of_raw_images_of_foxglove_are_the_recorded_ones(tmp_path):
    with BagReader(write_mcap(tmp_path / 'bag.mcap', 'protobuf raw')) as reader:
        frames = list(read_frames(reader, TOPIC))
    np.testing.assert_array_equal(frames[4].image[..., 0], noise(4))


@pytest.mark.parametrize('compression', [None, 'BZ2', 'LZ4'])
def test_ros1_bags_are_read(tmp_path, compression):
    path = write_ros1_bag(tmp_path / 'bag.bag', compression)
    assert read(path) == ([*range(6)], None)
    assert read(pack(path)) == ([*range(6)], None)


def test_an_unindexed_ros1_bag_is_refused_with_the_remedy(tmp_path):
    path = write_ros1_bag(tmp_path / 'bag.bag')
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BagError, match=r'is a ROS 1 bag that cannot be read.*rosbag reindex'):
        BagReader(path)


@pytest.mark.parametrize(
    ('form', 'words'),
    [
        (
            ('foxglove.PointCloud', 'protobuf', 'protobuf'),
            r'foxglove.PointCloud in prot',
        ),
        (
            ('foxglove.CompressedImage', 'flatbuffer', 'flatbuffer'),
            'CompressedImage in flatbuffer',
        ),
        (('sensor_msgs/msg/Image', 'jsonschema', 'json'), 'sensor_msgs/msg/Image in json'),
        (('', '', 'json'), 'no type in json'),
        (('a/msg/B', 'own', 'xcdr9'), 'a/msg/B in xcdr9'),
    ],
)
def test_other_contents_of_mcap_are_refused_by_name(tmp_path, form, words):
    path = write_mcap(tmp_path / 'bag.mcap', (*form, lambda index: b'{}'))
    with BagReader(path) as reader:
        with pytest.raises(
            BagError, match=rf'no image topic.*{words}.*read are.*protobuf or json'
        ):
            reader.image_topic()
        with pytest.raises(BagError, match=rf'{TOPIC} carries no images that are read.*{words}'):
            reader.image_topic(TOPIC)


@pytest.mark.parametrize(
    'text',
    [
        b'[]',
        b'{"timestamp": 3}',
        b'{"data": "?"}',
        b'{"frame_id": "\\ud800"}',
        b'{"frame_id": 3}',
        b'\xff',
        b'{"timestamp": {"sec": -1}, "frame_id": "front"}',
    ],
)
def test_damaged_json_is_a_bad_frame(tmp_path, text):
    form = ('foxglove.CompressedImage', 'jsonschema', 'json', lambda index: text)
    with BagReader(write_mcap(tmp_path / 'bag.mcap', form, 3)) as reader:
        items = list(read_frames(reader, TOPIC))
    assert len(items) == 3
    assert not any(isinstance(item, BagFrame) for item in items)
