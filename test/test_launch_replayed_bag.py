"""Which images of a bag are replayed, and what is said where that is not clear."""

from __future__ import annotations

from bag_samples import write_images, write_jpegs
import pytest

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.launching.replayed_bag import (
    ReplayError,
    images_to_replay,
    read_topics,
    replayed_images,
)

RAW, JPEG = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
OTHER = {'/tf': 'tf2_msgs/msg/TFMessage'}


@pytest.mark.parametrize(
    ('topics', 'wanted', 'transport', 'published'),
    [
        ({'/a': RAW}, None, None, '/a'),
        ({'/a/compressed': JPEG}, None, None, '/a/compressed'),
        ({'/a': RAW, '/a/compressed': JPEG}, None, None, '/a'),
        ({'/a': RAW, '/a/compressed': JPEG}, None, 'compressed', '/a/compressed'),
        ({'/a': RAW, '/b': RAW}, '/b', None, '/b'),
        ({'/a': RAW, '/b/compressed': JPEG}, '/b', None, '/b/compressed'),
        ({'/a': RAW, '/b/compressed': JPEG}, '/b/compressed', None, '/b/compressed'),
        ({'/a': RAW, '/b/compressed': JPEG}, None, 'raw', '/a'),
    ],
)
def test_the_images_are_found(topics, wanted, transport, published):
    assert replayed_images({**topics, **OTHER}, wanted, transport).published == published


@pytest.mark.parametrize(
    ('topics', 'wanted', 'transport', 'told'),
    [
        ({}, None, None, 'the bag has no images that the node can take; .* one of: none'),
        ({'/a': RAW, '/b': RAW}, None, None, r'several cameras; .*: /a \(raw\), /b \(raw\)'),
        ({'/a': RAW}, '/b', None, r"image_topic is '/b', where .* one of: /a \(raw\)"),
        ({'/a': RAW}, '/a', 'compressed', r'no compressed images; .* /a \(raw\)'),
        ({'/a': RAW}, '/tf', None, r'/a \(raw\)'),
        ({'/jpeg': JPEG}, None, None, 'with remap:=/jpeg:=/jpeg/compressed'),
    ],
)
def test_what_is_not_clear_is_told_with_the_list(topics, wanted, transport, told):
    with pytest.raises(ReplayError, match=told):
        replayed_images({**topics, **OTHER}, wanted, transport)


def given(bag, **more):
    values = {'remap': {}, 'play_arguments': [], 'image_topic': None, 'image_transport': None}
    return {'bag': str(bag), 'namespace': 'segmentation', **values, **more}


def test_topics_are_looked_for_by_the_names_that_they_are_played_under(tmp_path):
    bag = write_images(tmp_path / 'drive.mcap')
    old = '/camera/front/image_raw'
    assert images_to_replay(given(bag)).topic == old
    renamed = given(bag, remap={old: '/x'}, image_topic='/x')
    assert images_to_replay(renamed).topic == '/x'
    renamed = given(bag, play_arguments=['--loop', '-m', f'{old}:=/y', '--clock'])
    assert images_to_replay(renamed).topic == '/y'
    relative = given(bag, remap={old: '/segmentation/z'}, image_topic='z')
    assert images_to_replay(relative).topic == '/segmentation/z'


METADATA = """
rosbag2_bagfile_information:
  topics_with_message_count:
    - topic_metadata: {name: /a, type: sensor_msgs/msg/Image}
      message_count: 3
    - topic_metadata: {name: /b, type: sensor_msgs/msg/Image}
      message_count: 0
"""


def test_a_folder_is_read_by_its_metadata(tmp_path):
    (tmp_path / 'metadata.yaml').write_text(METADATA)
    assert read_topics(tmp_path) == {'/a': RAW}
    assert images_to_replay(given(tmp_path)).topic == '/a'


@pytest.mark.parametrize('text', ['', '[]', 'a: [', 'rosbag2_bagfile_information: 3'])
def test_metadata_that_is_none_is_told_in_one_line(text, tmp_path):
    (tmp_path / 'metadata.yaml').write_text(text)
    with pytest.raises(ReplayError, match='restore it with ros2 bag reindex') as raised:
        read_topics(tmp_path)
    assert '\n' not in str(raised.value)


def test_a_file_that_is_no_bag_is_told(tmp_path):
    path = tmp_path / 'drive.mcap'
    path.touch()
    with pytest.raises(Time2GeneralError):
        read_topics(path)


def test_a_file_with_jpegs_is_read(tmp_path):
    bag = write_jpegs(tmp_path / 'drive.mcap', ['/cam/image_raw/compressed'])
    assert images_to_replay(given(bag)).transport == 'compressed'
