from __future__ import annotations

from bag_samples import IMAGE, ThresholdSegmenter, noise, stamp, write_images, write_jpegs
import numpy as np
import pytest
from rosbags.interfaces import QosDurability, QosReliability
from rosbags.rosbag2 import Reader

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.topic_names import segmentation_topic
from time2general_ros.bags.writer import BagWriter
from time2general_ros.replay.outputs.to_bag import replay

MASK = '/camera/front/segmentation/mask'


def run(bag, out, topic=None, **options):
    return replay(bag, topic, out, ThresholdSegmenter(), **options)


@pytest.mark.parametrize(
    ('topic', 'mask'),
    [
        ('/camera/front/image_raw', '/camera/front/segmentation/mask'),
        ('/camera/front/image_raw/compressed', '/camera/front/segmentation/mask'),
        ('/image_raw', '/segmentation/mask'),
        ('/compressed', '/segmentation/mask'),
    ],
)
def test_mask_topic_lies_beside_the_image_topic(topic, mask):
    assert segmentation_topic(topic, 'mask') == mask


def test_every_frame_gets_a_mask_with_its_own_header(tmp_path):
    summary = run(write_images(tmp_path / 'in.mcap'), tmp_path / 'out.mcap')
    assert (summary.frames_in, summary.frames_out, summary.complete) == (12, 12, True)
    assert summary.topic == '/camera/front/image_raw'
    assert summary.resets == {'gap': 1}
    with BagReader(tmp_path / 'out.mcap') as reader:
        masks = list(reader.messages(MASK))
        confidences = list(reader.messages('/camera/front/segmentation/confidence'))
    assert len(masks) == len(confidences) == 12
    for index, item in enumerate(masks):
        mask = item.message
        header = mask.header
        assert header.stamp.sec * 10**9 + header.stamp.nanosec == stamp(index)
        assert (header.frame_id, mask.encoding) == ('front', 'mono8')
        assert (mask.height, mask.width, mask.step) == (48, 64, 64)
        assert item.log_time_ns == stamp(index) + 5_000_000
        np.testing.assert_array_equal(mask.data.reshape(48, 64), noise(index) // 16)
        assert set(confidences[index].message.data) == {index + 1}


def test_compressed_images_are_replayed_without_naming_the_topic(tmp_path):
    bag = write_jpegs(tmp_path / 'in.mcap', ['/camera/front/image_raw/compressed'])
    run(bag, tmp_path / 'out.mcap')
    with BagReader(tmp_path / 'out.mcap') as reader:
        assert reader.topics[MASK].count == 5


def test_same_bag_gives_the_same_bytes(tmp_path):
    bag = write_images(tmp_path / 'in.mcap')
    for name in ('a.mcap', 'b.mcap'):
        run(bag, tmp_path / name)
    assert (tmp_path / 'a.mcap').read_bytes() == (tmp_path / 'b.mcap').read_bytes()


def test_progress_counts_every_message(tmp_path):
    calls = []
    bag = write_images(tmp_path / 'in.mcap', 3)
    run(bag, tmp_path / 'out.mcap', on_frame=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_bad_messages_are_counted_by_reason_and_the_rest_goes_on(tmp_path):
    damage = {
        1: {'encoding': 'yuv999'},
        2: {'height': 0},
        3: {'data': np.zeros(10, np.uint8)},
        4: {'step': 3},
        5: {'encoding': 'yuv999'},
    }
    with BagWriter(tmp_path / 'in.mcap') as writer:
        for index in range(7):
            message = mono8_message(noise(index), stamp(index), 'front')
            for name, value in damage.get(index, {}).items():
                object.__setattr__(message, name, value)
            writer.write('/image', IMAGE, stamp(index), message)
    summary = run(tmp_path / 'in.mcap', tmp_path / 'out.mcap')
    assert (summary.frames_in, summary.frames_out, summary.complete) == (7, 2, False)
    assert summary.bad == {'encoding': 2, 'zero_size': 1, 'short_data': 1, 'short_step': 1}
    assert 'yuv999' in summary.examples['encoding']


def test_frames_before_the_cut_of_a_bag_are_replayed(tmp_path):
    bag = write_images(tmp_path / 'in.mcap', 100)
    bag.write_bytes(bag.read_bytes()[:200_000])
    summary = run(bag, tmp_path / 'out.mcap')
    assert 20 < summary.frames_out < 70
    assert 'cut off' in summary.damage
    assert not summary.complete
    with BagReader(tmp_path / 'out.mcap') as reader:
        assert reader.topics[MASK].count == summary.frames_out
        assert reader.damage is None


def test_nothing_is_left_when_the_segmenter_fails(tmp_path):
    class Failing(ThresholdSegmenter):
        def segment(self, frame):
            raise RuntimeError('out of memory')

    bag = write_images(tmp_path / 'in.mcap')
    with pytest.raises(RuntimeError, match='out of memory'):
        replay(bag, None, tmp_path / 'out.mcap', Failing())
    assert list(tmp_path.iterdir()) == [bag]


@pytest.mark.parametrize('name', ['bag.mcap', 'bag'])
def test_the_bag_being_read_is_not_overwritten(tmp_path, name):
    bag = write_images(tmp_path / name)
    out = bag / 'bag.mcap' if bag.is_dir() else bag
    before = out.read_bytes()
    with pytest.raises(BagError, match='being read'):
        run(bag, out)
    assert out.read_bytes() == before


@pytest.mark.parametrize('name', ['out.mcap', 'out.db3', 'out'])
def test_the_classes_are_named_once_for_late_readers(tmp_path, name):
    topic = '/camera/front/segmentation/label_info'
    run(write_images(tmp_path / 'in.mcap'), tmp_path / name)
    with BagReader(tmp_path / name) as reader:
        assert reader.topics[topic].msgtype == 'vision_msgs/msg/LabelInfo'
        (item,) = reader.messages(topic)
        (mask, *_) = reader.messages(MASK)
    assert item.log_time_ns == mask.log_time_ns
    assert item.message.header.stamp == mask.message.header.stamp
    names = [(c.class_id, c.class_name) for c in item.message.class_map]
    assert names == list(enumerate(ThresholdSegmenter().labels.classes))
    with Reader(tmp_path / name) as bag:
        profiles = {c.topic: c.ext.offered_qos_profiles for c in bag.connections}
    assert profiles[MASK] == []
    (profile,) = profiles[topic]
    assert profile.durability == QosDurability.TRANSIENT_LOCAL
    assert profile.reliability == QosReliability.RELIABLE


@pytest.mark.parametrize('name', ['out.mcap', 'out.db3', 'out'])
def test_an_earlier_output_is_replaced_only_when_told(tmp_path, name):
    out = tmp_path / name
    run(write_images(tmp_path / 'in.mcap', 3), out)
    bag = write_images(tmp_path / 'other.mcap', 5)
    with pytest.raises(BagError, match=f'{name} exists already; .*--overwrite'):
        run(bag, out)
    assert len(masks(out)) == 3
    run(bag, out, overwrite=True)
    assert len(masks(out)) == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(['in.mcap', 'other.mcap', name])


def masks(path):
    with BagReader(path) as reader:
        return list(reader.messages(MASK))


def test_what_is_no_bag_is_never_replaced(tmp_path):
    bag = write_images(tmp_path / 'in.mcap', 3)
    folder = tmp_path / 'out'
    folder.mkdir()
    (folder / 'thesis.tex').touch()
    with pytest.raises(BagError, match='is no bag; remove it'):
        run(bag, folder, overwrite=True)
    assert (folder / 'thesis.tex').exists()
