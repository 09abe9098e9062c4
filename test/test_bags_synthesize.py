from __future__ import annotations

import cv2
import numpy as np
import pytest

from time2general_ros.bags.frame_clock import FrameClock
from time2general_ros.bags.images import BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.synthesize import (
    IMAGE_TOPIC,
    TRUTH_TOPIC,
    DriveOptions,
    synthesize,
)
from time2general_ros.cli.main import main
from time2general_ros.synthetic.drive import Drive

OPTIONS = DriveOptions(seconds=0.3, rate_hz=10, size=(96, 128), seed=3)


def test_bag_holds_the_frames_and_the_truth_of_the_drive(tmp_path):
    calls = []
    path = tmp_path / 'drive.mcap'
    synthesize(OPTIONS, path, on_frame=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    drive = Drive(3, (96, 128), rate_hz=10)
    with BagReader(path) as reader:
        frames = list(read_frames(reader, IMAGE_TOPIC))
        truths = list(reader.messages(TRUTH_TOPIC))
    assert len(frames) == len(truths) == 3
    # A stamp of zero would be a missing one, of which a replay warns.
    clock = FrameClock()
    for item in frames:
        clock.time_ns(item.stamp_ns, item.log_time_ns)
    assert clock.missing == 0
    for index, (item, truth) in enumerate(zip(frames, truths, strict=True)):
        rendered = drive.render(index / 10)
        assert isinstance(item, BagFrame)
        assert item.stamp_ns == item.log_time_ns == rendered.stamp_ns
        assert item.frame_id == truth.message.header.frame_id == 'camera'
        error = np.abs(item.image.astype(int) - rendered.image)
        assert error.mean() < 8
        labels = cv2.imdecode(truth.message.data, cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(labels, rendered.labels)


def test_number_of_processes_does_not_change_the_bag(tmp_path):
    synthesize(OPTIONS, tmp_path / 'one.mcap', jobs=1)
    synthesize(OPTIONS, tmp_path / 'two.mcap', jobs=2)
    assert (tmp_path / 'one.mcap').read_bytes() == (tmp_path / 'two.mcap').read_bytes()


def test_command_renders_a_drive(tmp_path, capsys):
    path = tmp_path / 'drive.mcap'
    arguments = ['--seconds', '0.2', '--rate', '10', '--size', '128x96', '--jobs', '1']
    assert main(['synthesize', '--out', str(path), *arguments]) == 0
    assert '2 frames written' in capsys.readouterr().out
    with BagReader(path) as reader:
        assert {name: info.count for name, info in reader.topics.items()} == {
            IMAGE_TOPIC: 2,
            TRUTH_TOPIC: 2,
        }
        assert next(iter(read_frames(reader, IMAGE_TOPIC))).image.shape[:2] == (96, 128)


@pytest.mark.parametrize('size', ['640', '0x480', '640x-1', 'axb'])
def test_impossible_size_is_refused(tmp_path, size, capsys):
    with pytest.raises(SystemExit):
        main(['synthesize', '--out', str(tmp_path / 'drive.mcap'), '--size', size])
    assert 'WIDTHxHEIGHT' in capsys.readouterr().err
