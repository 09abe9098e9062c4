"""The command beside a worst moment is one that plays this kind of recording."""

from __future__ import annotations

import pytest

from time2general_ros.report.replay.playing import play_command, rerun_command, rerun_time


@pytest.mark.parametrize(
    ('kind', 'path', 'command'),
    [
        ('bag', 'r.bag', 'rosbag play r.bag -s 1.500'),
        ('bag', 'my drive.mcap', "ros2 bag play 'my drive.mcap' --start-offset 1.500"),
        ('bag', 'folder', 'ros2 bag play folder --start-offset 1.500'),
        ('bag', 'r.bag.zstd', None),
        ('video', 'drive.mp4', 'ffplay -ss 1.500 drive.mp4'),
        ('images', 'pictures', None),
        ('data', 'camvid:x', None),
    ],
)
def test_a_moment_is_played_as_its_recording_can_be(kind, path, command):
    assert play_command({'kind': kind, 'path': path}, 2.0) == command


def test_a_folder_is_no_ros1_bag_whatever_its_name(tmp_path):
    folder = tmp_path / 'r.bag'
    folder.mkdir()
    assert play_command({'kind': 'bag', 'path': str(folder)}, 0.1) == (
        f'ros2 bag play {folder} --start-offset 0.000'
    )


@pytest.mark.parametrize(
    ('log_time_ns', 'text'),
    [
        (1_640_995_203_123_456_789, '2022-01-01 00:00:03.123456789Z'),
        (1_640_995_203_000_000_001, '2022-01-01 00:00:03.000000001Z'),
        (0, '1970-01-01 00:00:00.000000000Z'),
        (-1, '1969-12-31 23:59:59.999999999Z'),
    ],
)
def test_a_moment_of_rerun_is_told_to_the_nanosecond(log_time_ns, text):
    assert rerun_time(log_time_ns) == text


def test_names_of_files_are_quoted():
    assert rerun_command('my drive.rrd') == "rerun 'my drive.rrd'"
