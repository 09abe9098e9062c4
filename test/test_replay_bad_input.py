"""A replay of what is not as it should be: told in a line, and nothing half written."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
import os
from pathlib import Path
import subprocess
from typing import Any

import cv2
from mcap.writer import Writer
import numpy as np
import pytest
from replay_samples import (
    COMPRESSED,
    IMAGE,
    LABELS,
    SIZE,
    TOPIC,
    call,
    lasting,
    png,
    results,
    rgb_message,
    rows,
    stamp,
    truth,
    write_drive,
)
from rosbags.typesys.stores.ros2_jazzy import std_msgs__msg__String as String

from time2general_ros.bags.channel import Channel
from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter

STRING = 'std_msgs/msg/String'


def refused(capsys, *arguments: object) -> str:
    """Run a replay that must fail, and return what it says; nothing is left."""
    (out,) = (Path(str(b)) for a, b in pairwise(arguments) if a == '--out')
    assert call(*arguments) == 1
    assert not out.exists()
    printed = capsys.readouterr()
    assert printed.err.startswith('error: ')
    assert printed.err.count('\n') == 1
    return printed.err


def test_an_empty_bag_is_no_perfect_one(tmp_path, capsys):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        writer.declare(Channel(TOPIC, COMPRESSED))
        writer.write('/chatter', STRING, stamp(0), String(data='hello'))
    assert 'no image to look at' in refused(capsys, bag, '--out', tmp_path / 'out')
    with BagWriter(bag, overwrite=True):
        pass
    assert 'no image topic' in refused(capsys, bag, '--out', tmp_path / 'out')
    bag = write_drive(tmp_path / 'other.mcap', 3)
    assert 'check --topic, --start' in refused(
        capsys, bag, '--out', tmp_path / 'out', '--start', 99
    )


def test_a_topic_of_another_type_or_no_topic_is_refused(tmp_path, capsys):
    bag = write_drive(tmp_path / 'drive.mcap', 3)
    with BagWriter(bag, overwrite=True) as writer:
        writer.write('/chatter', STRING, stamp(0), String(data='hello'))
    error = refused(capsys, bag, '--out', tmp_path / 'out', '--topic', '/chatter')
    assert 'carries no images' in error
    bag = write_drive(tmp_path / 'drive.mcap', 3)
    error = refused(capsys, bag, '--out', tmp_path / 'out', '--copy', '/nowhere')
    assert 'no topic /nowhere' in error
    assert 'there is no file or folder' in refused(
        capsys, tmp_path / 'none.mcap', '--out', tmp_path / 'out'
    )


def test_a_folder_without_anything_and_no_file_are_told(tmp_path, capsys):
    folder = tmp_path / 'folder'
    (folder / 'below').mkdir(parents=True)
    (folder / 'image.bmp').write_bytes(b'BM')
    for path in (folder, folder / 'below'):
        error = refused(capsys, path, '--out', tmp_path / 'out')
        assert f'{path} holds nothing that is read: no file of a bag (.bag, .db3, .mcap)' in error
        assert 'no image (.jpeg, .jpg, .png)' in error
        assert '.mp4' in error
    error = refused(capsys, tmp_path / 'nosuch.mp4', '--out', tmp_path / 'out')
    assert f'there is no file or folder {tmp_path / "nosuch.mp4"}; check the path' in error


@pytest.mark.parametrize('fault', ['start', 'classes'])
def test_a_command_that_cannot_work_leaves_earlier_results(tmp_path, capsys, fault):
    bag, out = write_drive(tmp_path / 'drive.mcap', 4, with_labels=True), tmp_path / 'out'
    (tmp_path / 'two.txt').write_text('lane\nbuoy\n')
    assert call(bag, '--out', out, '--topic', TOPIC, '--no-flow') == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    more, told = {
        'start': (['--start', 99], 'no image to look at'),
        'classes': (['--labels', LABELS, '--label-set', tmp_path / 'two.txt'], 'lane'),
    }[fault]
    capsys.readouterr()
    for place in (out, tmp_path / 'other'):
        assert call(bag, '--topic', TOPIC, '--no-flow', '--out', place, *more) == 1
        error = capsys.readouterr().err
        assert told in error
        assert error.startswith('error: ')
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert not (tmp_path / 'other').exists()


def depth_message(index: int) -> Any:
    depth = np.zeros(SIZE, np.float32)
    message = mono8_message(np.zeros(SIZE, np.uint8), stamp(index), 'front')
    return replace(message, encoding='32FC1', step=4 * SIZE[1], data=depth.view(np.uint8).ravel())


def test_depth_is_no_camera_and_one_that_is_asked_for_makes_results_partial(tmp_path, capsys):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        writer.declare(Channel('/back/image_raw', IMAGE))
        for index in range(6):
            writer.write(TOPIC, COMPRESSED, stamp(index), rgb_message(index))
            writer.write('/depth/image_raw', IMAGE, stamp(index), depth_message(index))
    options = ['--no-flow', '--out', tmp_path / 'out']
    assert call(bag, *options) == 3
    read = results(tmp_path / 'out')
    (reason,) = read['partial']
    assert 'there is no image of /back/image_raw in drive.mcap to look at' in reason
    counts = {topic['topic']: topic['frames_out'] for topic in read['sources'][0]['topics']}
    assert counts == {'/back/image_raw': 0, TOPIC: 6}
    assert f'warning: partial: {reason}' in capsys.readouterr().err
    assert call(bag, *options, '--topic', TOPIC, '--topic', '/depth/image_raw') == 3
    told = 'no image of /depth/image_raw in drive.mcap can be used; the first: '
    assert told in capsys.readouterr().err
    assert told in results(tmp_path / 'out')['partial'][1]
    assert 'depth' in (tmp_path / 'out' / 'report.html').read_text()
    assert told in refused(capsys, bag, '--out', tmp_path / 'none', '--topic', '/depth/image_raw')


def test_one_source_without_labels_makes_results_partial(tmp_path, capsys):
    bags = [write_drive(tmp_path / f'{name}.mcap', 4, with_labels=True) for name in 'ab']
    with BagWriter(bags[1], overwrite=True) as writer:
        for index in range(4):
            writer.write(TOPIC, COMPRESSED, stamp(index), rgb_message(index))
            labels = mono8_message(truth(index), stamp(index) + 33_000_000, 'front')
            writer.write(LABELS, IMAGE, stamp(index), labels)
    options = ['--labels', LABELS, '--no-flow', '--out', tmp_path / 'out']
    assert call(*bags, *options) == 3
    assert f'no labels belong to the images of {TOPIC} in b.mcap' in capsys.readouterr().err
    first, second = (source['topics'][0] for source in results(tmp_path / 'out')['sources'])
    assert first['miou'] is not None
    assert second['miou'] is None


@pytest.mark.parametrize('option', [['--labels', LABELS], ['--no-flow']])
def test_what_is_of_figures_is_refused_for_a_bag_alone(tmp_path, capsys, option):
    bag = write_drive(tmp_path / 'drive.mcap', 3)
    error = refused(capsys, bag, '--out', tmp_path / 'out.mcap', *option)
    assert f'{option[0]} goes with a folder, not with {tmp_path / "out.mcap"}' in error


def test_topics_of_what_is_no_bag_are_told_to_be_unused(tmp_path, capsys):
    images = tmp_path / 'images'
    images.mkdir()
    for index in range(3):
        (images / f'{index:03d}.png').write_bytes(png(truth(index)))
    options = ['--topic', '/a', '--copy', 'all', '--out', tmp_path / 'out.mcap']
    assert call(images, *options) == 0
    error = capsys.readouterr().err
    assert f'note: {images} is no bag' in error
    assert '--topic and --copy left unused' in error


def test_of_cameras_whose_masks_have_one_name_the_others_are_told(tmp_path, capsys):
    topics = ['/image_left', '/image_right', '/front/image_raw', '/front/image_raw/compressed']
    bag = write_drive(tmp_path / 'drive.mcap', 2, topics)
    assert call(bag, '--out', tmp_path / 'out', '--no-flow') == 0
    error = capsys.readouterr().err
    assert f'note: {bag}: /image_right left out' in error
    assert 'those of /image_left; choose with --topic' in error
    assert error.count('note: ') == 1
    assert call(bag, '--topic', '/image_right', '--out', tmp_path / 'right', '--no-flow') == 0
    assert 'note: ' not in capsys.readouterr().err


@pytest.mark.parametrize('place', ['bag', 'image', 'out', 'out.mcap', 'labels'])
def test_a_name_that_is_not_utf_8_is_refused_before_any_work(tmp_path, capsys, place):
    odd = os.fsdecode(b'stra\xdfe')
    source, out, options = tmp_path / 'drive.mcap', tmp_path / 'out', []
    if place == 'image':
        source = tmp_path / 'images'
        source.mkdir()
        (source / f'{odd}_1.png').write_bytes(png(truth(0)))
    elif place == 'bag':
        source = write_drive(tmp_path / f'{odd}.mcap', 2)
    else:
        write_drive(source, 2)
    if place.startswith('out'):
        out = tmp_path / f'{odd}{Path(place).suffix}'
    elif place == 'labels':
        options = ['--labels', tmp_path / odd]
    error = refused(capsys, source, '--out', out, *options)
    assert r'stra\xdfe' in error
    assert 'is not UTF-8, which results cannot tell; rename it' in error


def test_a_part_of_a_bag_whose_name_is_not_utf_8_is_read_and_its_damage_told(tmp_path, capsys):
    (tmp_path / 'drive').mkdir()
    part = write_drive(tmp_path / 'drive' / os.fsdecode(b'stra\xdfe.mcap'), 130)
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    assert call(tmp_path / 'drive', '--out', tmp_path / 'out', '--no-flow') == 3
    assert r'stra\xdfe.mcap' in capsys.readouterr().err
    assert r'stra\xdfe.mcap' in results(tmp_path / 'out')['partial'][0]


def test_an_image_size_that_changes_begins_anew(tmp_path):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(12):
            size = (48, 80) if index < 6 else (64, 96)
            writer.write(TOPIC, COMPRESSED, stamp(index), rgb_message(index, size))
            labels = mono8_message(np.zeros(size, np.uint8), stamp(index), 'front')
            writer.write(LABELS, IMAGE, stamp(index), labels)
    assert call(bag, '--out', tmp_path / 'out', '--labels', LABELS) == 0
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    assert topic['resets'] == {'resolution': 1}
    assert topic['health']['sizes'] == [[80, 48], [96, 64]]
    listed = rows(tmp_path / 'out')
    assert [n for n, row in enumerate(listed) if row['flow_flicker'] is None] == [0, 6]
    assert [n for n, row in enumerate(listed) if row['flicker'] is None] == [0, 6]


def test_equal_and_backward_stamps_are_counted_and_told(tmp_path, capsys):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for place, index in enumerate([0, 1, 1, 2, 3, 0, 1, 2]):
            writer.write(TOPIC, COMPRESSED, stamp(place), rgb_message(index))
    assert call(bag, '--out', tmp_path / 'out') == 0
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    assert topic['resets'] == {'backward_stamp': 1}
    health = topic['health']
    assert (health['equal_stamps'], health['backward_stamps'], health['unstamped']) == (1, 1, 1)
    assert (health['zero_stamps'], health['standing']) == (0, 0)
    listed = rows(tmp_path / 'out')
    assert [n for n, row in enumerate(listed) if row['flow_flicker'] is None] == [0, 5]
    error = capsys.readouterr().err
    assert '1 of 8 images have a header stamp of zero or that of the image before' in error
    assert '1 of 8 images have a header stamp before that of the image before' in error


def test_labels_that_do_not_fit_are_refused(tmp_path, capsys):
    def write(ids: np.ndarray, shift: int = 0) -> Path:
        with BagWriter(tmp_path / 'drive.mcap', overwrite=True) as writer:
            for index in range(8):
                writer.write(TOPIC, COMPRESSED, stamp(index), rgb_message(index))
                labels = mono8_message(ids, stamp(index) + shift, 'front')
                writer.write(LABELS, IMAGE, stamp(index), labels)
        return tmp_path / 'drive.mcap'

    options = ['--labels', LABELS, '--out', tmp_path / 'out']
    small = refused(capsys, write(np.zeros((24, 40), np.uint8)), *options)
    assert 'are 40x24 but their image is 80x48; bring them to the size' in small
    unknown = refused(capsys, write(np.full((48, 80), 77, np.uint8)), *options)
    assert 'hold unknown ids: 77; cityscapes19 has 0 to 18' in unknown
    later = refused(capsys, write(truth(0), shift=33_000_000), *options)
    assert 'no labels belong to the images' in later
    assert call(write(np.full((48, 80), 77, np.uint8)), *options, '--void-id', 77) == 1
    assert 'no labels belong' in capsys.readouterr().err
    bag = write(truth(0))
    nowhere = refused(capsys, bag, '--labels', 'nowhere', '--out', tmp_path / 'out')
    assert 'is no topic of a bag, no folder and no data set' in nowhere
    two = write_drive(tmp_path / 'two.mcap', 4, ['/a/image', '/b/image'])
    several = refused(capsys, two, '--labels', '/a/image', '--out', tmp_path / 'out')
    assert 'colours' in several


def test_labels_in_foreign_classes_are_told_with_what_a_replay_can_do(tmp_path, capsys):
    bag = write_drive(tmp_path / 'drive.mcap', 4, with_labels=True)
    (tmp_path / 'field.txt').write_text('soil\ncrop\nsky\n')
    chosen = ['--labels', LABELS, '--label-set', tmp_path / 'field.txt']
    error = refused(capsys, bag, '--out', tmp_path / 'out', *chosen)
    assert "no class for 'soil', 'crop' of field" in error
    assert '--label-set names those of a topic' in error
    assert '--map' not in error


def test_labels_of_another_size_in_a_folder_are_refused(tmp_path, capsys):
    bag = write_drive(tmp_path / 'drive.mcap', 4)
    maps = tmp_path / 'maps'
    maps.mkdir()
    for index in range(4):
        small = cv2.resize(truth(index), (40, 24), interpolation=cv2.INTER_NEAREST)
        (maps / f'{index}.png').write_bytes(png(np.asarray(small, np.uint8)))
    error = refused(capsys, bag, '--labels', maps, '--out', tmp_path / 'out')
    assert 'is 40x24 but its image is 80x48' in error


def test_what_cannot_be_read_is_counted_and_makes_results_partial(tmp_path, capsys):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(10):
            message = rgb_message(index)
            if index in (3, 4):
                message = compressed_message(b'no image', 'png', stamp(index), 'front')
            writer.write(TOPIC, COMPRESSED, stamp(index), message)
    assert call(bag, '--out', tmp_path / 'out') == 3
    read = results(tmp_path / 'out')
    (topic,) = read['sources'][0]['topics']
    assert (topic['frames_in'], topic['frames_out'], topic['bad']) == (10, 8, {'decode': 2})
    assert read['partial'] == [f'2 of 10 images of {TOPIC} in drive.mcap were refused: decode 2']
    listed = rows(tmp_path / 'out')
    assert [row['refused'] for row in listed[2:6]] == [None, 'decode', 'decode', None]
    assert listed[3]['stamp_ns'] == stamp(3)
    assert listed[3]['confidence'] is None
    assert '2 bad images (decode)' in capsys.readouterr().err
    assert topic['bad_examples'].keys() == {'decode'}
    # Other runs of this process know nothing of it.
    good = write_drive(tmp_path / 'good.mcap', 6)
    assert call(good, '--out', tmp_path / 'good', '--no-flow') == 0
    assert results(tmp_path / 'good')['sources'][0]['topics'][0]['bad_examples'] == {}
    bag.write_bytes(bag.read_bytes()[:-500])
    assert call(bag, '--out', tmp_path / 'cut') == 3
    assert 'drive.mcap lost its index' in results(tmp_path / 'cut')['partial'][0]


def test_messages_of_another_type_on_an_image_topic_are_counted(tmp_path):
    bag, two = write_drive(tmp_path / 'drive.mcap', 6, with_labels=True), tmp_path / 'two.mcap'
    with BagReader(bag) as reader, two.open('wb') as file:
        writer = Writer(file)
        writer.start('ros2')
        channels = {
            (topic, kind): writer.register_channel(
                topic, 'cdr', writer.register_schema(kind, 'ros2msg', b'')
            )
            for topic, kind in ((TOPIC, COMPRESSED), (LABELS, IMAGE), (TOPIC, STRING))
        }
        labels = writer.register_channel(
            LABELS, 'cdr', writer.register_schema(STRING, 'ros2msg', b'')
        )
        channels[LABELS, STRING] = labels
        for raw in reader.raw_messages():
            key = raw.topic, raw.msgtype
            writer.add_message(channels[key], raw.log_time_ns, raw.data, raw.log_time_ns)
            hello = b'\0\1\0\0\6\0\0\0hello\0'
            later = raw.log_time_ns + 1000
            writer.add_message(channels[raw.topic, STRING], later, hello, later)
        writer.finish()
    assert call(two, '--out', tmp_path / 'out', '--topic', TOPIC, '--labels', LABELS) == 3
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    assert (topic['frames_in'], topic['frames_out'], topic['bad']) == (12, 6, {'type': 6})
    assert topic['frames'] == 6
    assert f'has the type {STRING}, which is no image' in topic['bad_examples']['type']


def test_a_full_disk_leaves_what_the_same_command_goes_on_with(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('time2general_ros.replay.runs.source_run.PART', 5)
    bag = write_drive(tmp_path / 'drive.mcap')
    assert call(bag, '--out', tmp_path / 'whole') == 0
    small = tmp_path / 'small'
    small.mkdir()
    mounted = subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small], check=False
    )
    if mounted.returncode:
        pytest.skip('a small disk cannot be mounted here')
    try:
        capsys.readouterr()
        assert call(bag, '--out', small / 'out') == 1
        error = capsys.readouterr().err
        assert 'make room there, then give the same command again' in error
        assert error.count('error:') == error.count('\n') == 1
        assert [path.name for path in (small / 'out').iterdir()] == ['.replay']
        subprocess.run(['mount', '-o', 'remount,size=64m', small], check=True)
        assert call(bag, '--out', small / 'out') == 0
        assert 'going on in' in capsys.readouterr().err
        masks = (small / 'out' / 'masks.mcap').read_bytes()
        assert masks == (tmp_path / 'whole' / 'masks.mcap').read_bytes()
        assert lasting(small / 'out') == lasting(tmp_path / 'whole')
    finally:
        subprocess.run(['umount', small], check=True)


def test_the_health_of_images_without_stamps_is_that_of_their_log_times(tmp_path):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in [0, 1, 2, 3, 53, 54]:
            message = compressed_message(rgb_message(index).data, 'png', 0, 'front')
            writer.write(TOPIC, COMPRESSED, stamp(index), message)
    assert call(bag, '--out', tmp_path / 'out', '--no-flow') == 0
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    health = topic['health']
    assert (health['rate_hz'], health['duration_s']) == (10.0, 5.4)
    assert [(gap['frame'], gap['seconds']) for gap in health['gap_list']] == [(4, 5.0)]
    assert (health['zero_stamps'], health['unstamped'], health['standing']) == (6, 6, 0)
    assert topic['resets'] == {'gap': health['gaps']}
