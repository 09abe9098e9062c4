"""The demonstration, short, and how it fails."""

from __future__ import annotations

import json
import os
import sys

import av
import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

import rclpy

from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.main import main
from time2general_ros.demo.child import Child
from time2general_ros.demo.contact_sheet import SheetRow, write_contact_sheet
from time2general_ros.demo.demo_error import DemoError
from time2general_ros.demo.drive_score import DriveScore
from time2general_ros.demo.stamped_masks import StampedMasks
from time2general_ros.ros.own_graph import free_domain, is_free
from time2general_ros.streaming.engines import ENGINES


def test_a_short_demonstration_leaves_everything_behind(tmp_path, capsys):
    out = tmp_path / 'demo'
    # Another engine than the default where there is one: the options are seen to reach the node.
    # PyTorch comes last: on a busy machine one step can take longer than the drive.
    engine = next(n for n in ('onnxruntime', 'openvino', 'torch') if not ENGINES[n].obstacle())
    assert main(['demo', '--out', str(out), '--seconds', '2', '--engine', engine]) == 0
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['frames_played'] == 60
    assert summary['frames_in'] + summary['lost_in_transport'] == 60
    assert summary['frames_in'] == summary['frames_out'] + sum(summary['dropped'].values())
    assert summary['frames_out'] > 0
    assert summary['latency_ms_p50'] <= summary['latency_ms_p95'] <= summary['latency_ms_p99']
    for figures in (summary, summary['memory_off']):
        assert 0.0 <= figures['miou'] <= 100.0
        # A slow machine may answer a single image in two seconds: that flickers not at all.
        assert (figures['flicker'] is None) == (summary['frames_out'] == 1)
        assert 0.0 <= (figures['flicker'] or 0.0) <= 100.0
    assert summary['machine']['cores'] >= 1
    assert summary['engine'] == engine
    with BagReader(out / 'masks.mcap') as masks:
        assert masks.topics['/segmentation/mask'].count == summary['frames_out']
    with av.open(out / 'overlay.mp4') as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == 'h264'
        assert (stream.width, stream.height) == (640, 480)
        assert sum(1 for _ in film.decode(stream)) == summary['frames_out']
    assert cv2.imread(str(out / 'contact_sheet.png')) is not None
    page = (out / 'report.html').read_text('utf-8')
    held = json.loads((out / 'results' / 'results.json').read_text())
    assert held['totals']['frames_out'] == summary['frames_out']
    assert held['totals']['miou'] == pytest.approx(summary['miou'], abs=0.01)
    assert 'href="results/results.json"' in page
    assert 'Live run on drive.mcap' in page
    with BagReader(out / 'masks.mcap') as masks:
        said = sum(1 for _ in masks.messages('/diagnostics'))
    assert len(held['live']['latency_ms']) in range(1, said + 1)
    printed = capsys.readouterr().out
    assert 'report.html' in printed
    assert 'contact_sheet.png' in printed
    assert f'{summary["miou"]:.2f}' in printed


def test_a_domain_with_somebody_in_it_is_not_taken():
    domain = free_domain()
    assert 1 <= domain <= 100
    context = rclpy.Context()
    context.init(domain_id=domain)
    node = rclpy.create_node('somebody', context=context)
    try:
        assert not is_free(domain)
    finally:
        node.destroy_node()
        context.try_shutdown()


def test_a_missing_ros_is_told_before_anything_is_rendered(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'std_srvs.srv', None)
    assert main(['demo', '--out', str(tmp_path / 'demo')]) == 1
    assert 'ROS 2 is not available' in capsys.readouterr().err
    assert not (tmp_path / 'demo').exists()


def test_an_unusable_model_is_told_before_anything_is_rendered(tmp_path, capsys):
    assert main(['demo', '--out', str(tmp_path / 'demo'), '--model', str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / 'demo').exists()


def child(code, tmp_path, name='part'):
    (tmp_path / f'{name}.py').write_text(code)
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join([str(tmp_path), *sys.path])}
    return Child(name, [], tmp_path / f'{name}.log', environment)


def test_a_dead_process_is_told_with_the_end_of_its_log(tmp_path):
    told = r'part process ended with exit code 1(.|\n)*on fire'
    with (
        child("raise SystemExit('the camera is on fire')", tmp_path) as part,
        pytest.raises(DemoError, match=told),
    ):
        part.wait(30.0)


def test_a_process_is_not_waited_for_when_another_dies(tmp_path):
    with (
        child('import time; time.sleep(60)', tmp_path, 'slow') as slow,
        child("raise SystemExit('no power')", tmp_path, 'dead') as dead,
    ):
        with pytest.raises(DemoError, match='no power'):
            slow.wait(30.0, dead)
        with pytest.raises(DemoError, match='no power'):
            slow.wait_for_line('ready', 30.0, dead)
    assert not slow.is_running


def test_a_process_that_says_nothing_or_never_ends_is_given_up(tmp_path):
    with child("import time; print('hello', flush=True); time.sleep(60)", tmp_path) as part:
        part.wait_for_line('hello', 30.0)
        with pytest.raises(DemoError, match="did not say 'ready' in time"):
            part.wait_for_line('ready', 0.1)
        with pytest.raises(DemoError, match='did not end in time'):
            part.wait(0.1)
    assert not part.is_running


def test_flicker_is_a_change_of_class_where_the_truth_stands_still():
    score = DriveScore(['a', 'b'])
    truth = np.array([[0, 0, 1, 255]], np.uint8)
    assert not score.add(truth, np.array([[0, 1, 1, 0]], np.uint8)).any()
    moved = np.array([[0, 0, 0, 255]], np.uint8)
    flicker = score.add(moved, np.array([[0, 0, 0, 1]], np.uint8))
    assert flicker.tolist() == [[False, True, False, False]]
    assert score.score['flicker'] == 50.0


def test_masks_are_found_by_stamp_and_gaps_are_told(tmp_path):
    path = tmp_path / 'masks.mcap'
    with BagWriter(path) as writer:
        for stamp in (10, 30):
            message = mono8_message(np.full((2, 3), stamp, np.uint8), stamp, 'camera')
            writer.write('/mask', 'sensor_msgs/msg/Image', stamp, message)
    with BagReader(path) as bag:
        masks = StampedMasks(bag, '/mask')
        found = [masks.at(stamp) for stamp in (5, 10, 20, 30, 40)]
    assert [None if mask is None else int(mask[0, 0]) for mask in found] == [
        None,
        10,
        None,
        30,
        None,
    ]


def test_the_contact_sheet_has_a_line_per_moment(tmp_path):
    ids = np.zeros((480, 640), np.uint8)
    flicker = np.zeros((480, 640), np.bool_)
    flicker[100, 100] = True
    row = SheetRow(1.5, np.zeros((480, 640, 3), np.uint8), ids, ids, flicker, ~flicker)
    colours = np.zeros((256, 3), np.uint8)
    heights = []
    for count in (1, 3):
        write_contact_sheet(tmp_path / 'sheet.png', [row] * count, colours)
        heights.append(cv2.imread(str(tmp_path / 'sheet.png')).shape[0])
    assert heights[1] - heights[0] == 2 * 246
    sheet = cv2.imread(str(tmp_path / 'sheet.png'))
    assert ((sheet[..., 2] > 200) & (sheet[..., 1] < 100)).any()
