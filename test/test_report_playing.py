"""The command beside a worst moment is one that plays this kind of recording."""

from __future__ import annotations

import pytest

from time2general_ros.report.replay.playing import play_command


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
