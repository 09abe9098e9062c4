from __future__ import annotations

from pathlib import Path
import re

from bag_samples import IMAGE, noise, stamp, write_images, write_jpegs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.writer import CompressionType, IndexType, Writer
import numpy as np
import pytest

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.images import BadFrame, BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.bags.writer import BagWriter

TOPIC = '/camera/front/image_raw'
NAMES = ['bag.mcap', 'bag.db3', 'bag']


def images(path: Path) -> tuple[list[np.ndarray], str | None]:
    with BagReader(path) as reader:
        frames = [m.message.data.reshape(48, 64) for m in reader.messages(TOPIC)]
        return frames, reader.damage


def assert_first(frames: list[np.ndarray], least: int, most: int) -> None:
    assert least <= len(frames) <= most
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, noise(index))


@pytest.mark.parametrize('name', NAMES)
def test_what_was_written_is_read(tmp_path, name):
    path = write_images(tmp_path / name)
    with BagReader(path) as reader:
        assert reader.topics[TOPIC].msgtype == IMAGE
        assert reader.topics[TOPIC].count == 12
        messages = list(reader.messages())
        assert reader.damage is None
    assert [m.log_time_ns for m in messages] == [stamp(i) + 5_000_000 for i in range(12)]
    assert messages[3].message.header.frame_id == 'front'
    assert_first(images(path)[0], 12, 12)


@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3'])
@pytest.mark.parametrize('share', [0.3, 0.5, 0.77, 0.9])
def test_frames_before_the_cut_are_kept(tmp_path, name, share):
    path = write_images(tmp_path / name, 200)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    frames, damage = images(path)
    # A frame is 3 KiB of noise, so the share of the bytes is that of the frames, less the tail
    # of a compressed block (128 KiB, 42 frames) or of a database page.
    assert_first(frames, int(200 * share) - 45, int(200 * share) + 1)
    assert re.search(rf'is cut off before its end.*{len(frames)} messages', damage)


@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3'])
def test_a_few_missing_bytes_are_told(tmp_path, name):
    path = write_images(tmp_path / name)
    path.write_bytes(path.read_bytes()[:-10])
    frames, damage = images(path)
    assert_first(frames, 9, 12)
    assert 'cut off' in damage or 'lost its index' in damage


@pytest.mark.parametrize('name', ['bag.mcap', 'bag.db3'])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_cut_gives_a_prefix_or_a_bag_error(tmp_path, name, data):
    whole = tmp_path / f'whole.{name}'
    if not whole.exists():
        write_images(whole)
    content = whole.read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    try:
        frames, damage = images(path)
    except BagError:
        return
    assert damage
    assert_first(frames, 0, 12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_damage_to_a_cut_off_mcap_is_survived(tmp_path, data):
    whole = tmp_path / 'whole.mcap'
    if not whole.exists():
        write_images(whole)
    content = bytearray(whole.read_bytes()[:-60])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / 'bag.mcap'
    path.write_bytes(bytes(content))
    try:
        with BagReader(path) as reader:
            list(reader.raw_messages())
            assert reader.damage
    except BagError:
        pass


@pytest.mark.parametrize('compression', CompressionType)
def test_cut_is_survived_under_every_compression(tmp_path, compression):
    message = write_images(tmp_path / 'source.mcap', 100)
    path = tmp_path / 'bag.mcap'
    with BagReader(message) as reader, path.open('wb') as file:
        writer = Writer(file, compression=compression, chunk_size=50_000)
        writer.start('ros2')
        schema = writer.register_schema(IMAGE, 'ros2msg', b'')
        channel = writer.register_channel(TOPIC, 'cdr', schema)
        for raw in reader.raw_messages():
            writer.add_message(channel, raw.log_time_ns, raw.data, raw.log_time_ns)
        writer.finish()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    frames, damage = images(path)
    assert_first(frames, 32, 51)
    assert damage


def test_mcap_without_index_is_not_damaged(tmp_path):
    path = tmp_path / 'bag.mcap'
    with path.open('wb') as file:
        writer = Writer(
            file, index_types=IndexType.NONE, use_statistics=False, use_summary_offsets=False
        )
        writer.start('ros2')
        schema = writer.register_schema(IMAGE, 'ros2msg', b'')
        writer.register_channel(TOPIC, 'cdr', schema)
        with BagReader(write_images(tmp_path / 'source.mcap')) as reader:
            for raw in reader.raw_messages():
                writer.add_message(1, raw.log_time_ns, raw.data, raw.log_time_ns)
        writer.finish()
    frames, damage = images(path)
    assert_first(frames, 12, 12)
    assert damage is None


def test_directory_without_metadata_is_read(tmp_path):
    path = write_images(tmp_path / 'bag')
    (path / 'metadata.yaml').unlink()
    frames, damage = images(path)
    assert_first(frames, 12, 12)
    assert damage is None


def test_directory_with_a_cut_off_last_file_is_read_in_file_order(tmp_path):
    folder = tmp_path / 'bag'
    folder.mkdir()
    write_images(folder / 'bag_2.mcap', 12)
    data = write_images(tmp_path / 'next.mcap', 12).read_bytes()
    (folder / 'bag_10.mcap').write_bytes(data[:-100])
    frames, damage = images(folder)
    assert_first(frames[:12], 12, 12)
    assert_first(frames[12:], 1, 12)
    assert 'bag_10.mcap' in damage
    assert 'bag_2.mcap' not in damage


def test_damaged_chunk_of_an_indexed_bag_is_told(tmp_path):
    path = write_images(tmp_path / 'bag.mcap')
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    frames, damage = images(path)
    altered = [not np.array_equal(frame, noise(index)) for index, frame in enumerate(frames)]
    assert (len(frames), sum(altered)) == (12, 1)
    assert 'damaged chunk' in damage
    assert 'checksum' in damage


def test_missing_topic_lists_those_that_exist(tmp_path):
    path = write_jpegs(tmp_path / 'bag.mcap', ['/left/image', '/right/image'])
    with BagReader(path) as reader:
        assert reader.image_topic('/right/image') == '/right/image'
        for topic in ('/nowhere', None):
            listed = r'/left/image \(sensor_msgs/msg/CompressedImage, 5\), /right/image'
            with pytest.raises(BagError, match=listed):
                reader.image_topic(topic)
        with pytest.raises(BagError, match=r'no topic /nowhere.*/left/image'):
            list(reader.messages('/nowhere'))


def test_missing_topic_of_a_cut_off_bag_tells_of_the_cut(tmp_path):
    path = write_images(tmp_path / 'bag.mcap')
    path.write_bytes(path.read_bytes()[:-10])
    with BagReader(path) as reader, pytest.raises(BagError, match=r'image_raw.*lost its index'):
        reader.image_topic('/late')


def test_topic_without_images_is_refused(tmp_path):
    store = load_typestore()
    text = store.types['std_msgs/msg/String'](data='hello')
    with BagWriter(tmp_path / 'bag.mcap') as writer:
        writer.write('/chatter', 'std_msgs/msg/String', 1, text)
    with BagReader(tmp_path / 'bag.mcap') as reader:
        assert [m.message.data for m in reader.messages()] == ['hello']
        with pytest.raises(BagError, match='/chatter carries no images'):
            reader.image_topic('/chatter')
        with pytest.raises(BagError, match='no image topic'):
            reader.image_topic()


@pytest.mark.parametrize(
    ('name', 'content', 'words'),
    [
        ('bag.mcap', b'this is text, not a bag', 'is not an MCAP file'),
        ('bag.db3', b'this is text, not a bag', 'is not a sqlite3 bag'),
        ('bag.mcap', b'', 'nothing can be recovered'),
        ('bag.db3', b'', 'nothing can be recovered'),
        ('bag.avi', b'RIFF', 'is no bag; name a rosbag2 directory'),
        ('bag.bag', b'#ROSBAG V2.0', 'ROS 1 bag that cannot be read.*rosbag reindex'),
    ],
)
def test_what_is_no_bag_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BagError, match=words):
        BagReader(path)


def test_missing_bag_and_empty_directory_are_refused(tmp_path):
    with pytest.raises(BagError, match='there is no file or folder'):
        BagReader(tmp_path / 'nowhere')
    with pytest.raises(BagError, match='no rosbag2 directory'):
        BagReader(tmp_path)


def test_corrupt_messages_are_told_in_place(tmp_path):
    path = tmp_path / 'bag.mcap'
    with BagReader(write_images(tmp_path / 'source.mcap', 6)) as source:
        raws = list(source.raw_messages())
    with BagWriter(path) as writer:
        for index, raw in enumerate(raws):
            data = raw.data[:100] if index == 2 else raw.data
            writer.write_raw(raw.topic, raw.msgtype, raw.log_time_ns, data)
    with BagReader(path) as reader:
        assert len(list(reader.messages())) == 5
        assert reader.corrupt == {TOPIC: 1}
        items = list(read_frames(reader, TOPIC))
    assert [type(item) for item in items].index(BadFrame) == 2
    assert items[2].reason == 'corrupt'
    good = items[5]
    assert isinstance(good, BagFrame)
    assert (good.stamp_ns, good.frame_id) == (stamp(5), 'front')
    assert good.log_time_ns == stamp(5) + 5_000_000
    np.testing.assert_array_equal(good.image[..., 1], noise(5))
