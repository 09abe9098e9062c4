from __future__ import annotations

from bag_samples import IMAGE, ThresholdSegmenter, noise
import pytest

from time2general_ros.bags.frame_clock import FrameClock
from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli import replay as command
from time2general_ros.cli.main import main
from time2general_ros.replay.outputs.to_bag import replay

STEP = 100
LOG = 1_700_000_000_000


def times(stamps, logs=None):
    clock = FrameClock()
    logs = logs or [LOG + i * STEP for i in range(len(stamps))]
    pairs = zip(stamps, logs, strict=True)
    return [clock.time_ns(stamp, log) for stamp, log in pairs], clock


def test_good_stamps_are_taken_as_they_are():
    stamps = [500, 600, 700, 150, 250]
    assert times(stamps)[0] == stamps
    assert times(stamps)[1].missing == 0


@pytest.mark.parametrize('stamp', [0, 77])
def test_log_times_serve_where_every_stamp_is_the_same(stamp):
    first = stamp or LOG
    given, clock = times([stamp] * 4)
    assert given == [first + i * STEP for i in range(4)]
    assert clock.missing == (3 if stamp else 4)
    assert clock.standing == 0


def test_every_second_stamp_may_be_zero_whatever_the_clock():
    given, clock = times([500, 0, 702, 0, 899, 0])
    assert given == [500, 600, 702, 802, 899, 999]
    assert clock.missing == 3


def test_stamps_of_whole_seconds_advance_within_them():
    given, _ = times([1000, 1000, 1000, 1250, 1250])
    assert given == [1000, 1100, 1200, 1250, 1350]


def test_a_log_time_that_ran_ahead_is_no_step_back():
    given, clock = times([500, 0, 590, 700])
    assert given == [500, 600, 601, 700]
    assert clock.missing == 1


def test_a_real_step_back_stays_one():
    assert times([500, 0, 100, 200])[0] == [500, 600, 100, 200]


def test_log_times_that_stand_still_are_counted():
    given, clock = times([0, 0, 0], [LOG, LOG, LOG - 5])
    assert given == [LOG] * 3
    assert (clock.missing, clock.standing) == (3, 2)


class Listener(ThresholdSegmenter):
    def __init__(self):
        super().__init__()
        self.stamps = []

    def segment(self, frame):
        self.stamps.append(frame.stamp_ns)
        return super().segment(frame)


def write(path, stamps):
    with BagWriter(path) as writer:
        for index, stamp in enumerate(stamps):
            message = mono8_message(noise(index), stamp, 'front')
            writer.write('/camera/image_raw', IMAGE, LOG + index * STEP, message)
    return path


def test_replay_uses_log_times_and_keeps_the_stamps(tmp_path):
    listener = Listener()
    summary = replay(write(tmp_path / 'in.mcap', [0] * 5), None, tmp_path / 'out.mcap', listener)
    assert listener.stamps == [LOG + i * STEP for i in range(5)]
    assert (summary.unstamped, summary.standing, summary.complete) == (5, 0, True)
    with BagReader(tmp_path / 'out.mcap') as reader:
        for item in reader.messages('/camera/segmentation/mask'):
            assert (item.message.header.stamp.sec, item.message.header.stamp.nanosec) == (0, 0)


@pytest.mark.parametrize(
    ('stamps', 'words'),
    [([0] * 5, '5 of 5'), ([7, 7, 7, 8, 8], '3 of 5'), ([1, 2, 3, 4, 5], None)],
)
def test_command_warns_of_missing_stamps(tmp_path, monkeypatch, capsys, stamps, words):
    run = command.run
    monkeypatch.setattr(command, 'run', lambda args: run(args, lambda *_: Listener()))
    path = write(tmp_path / 'in.mcap', stamps)
    assert main(['replay', str(path), '--out', str(tmp_path / 'out.mcap')]) == 0
    error = capsys.readouterr().err
    if words:
        assert f'{words} images have a header stamp of zero' in error
        assert 'driver' in error
    else:
        assert error == ''
