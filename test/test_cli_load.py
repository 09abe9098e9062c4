"""The live node under the load of its command, in processes of their own."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

from time2general_ros.cli.main import main
from time2general_ros.ros.load.listener import Arrival, percentiles
from time2general_ros.ros.load.load_run import _parts


def load(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command apart from this process: it chooses the graph for all that it starts."""
    return subprocess.run(
        [sys.executable, '-m', 'time2general_ros.cli.main', 'load', *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_image_of_every_camera_is_accounted_for(tmp_path: Path) -> None:
    file = tmp_path / 'load.json'
    given = ['--cameras', '2', '--rate', '5', '--seconds', '2', '--size', '48x64']
    run = load(*given, '--param', 'engine:=openvino', '--json', str(file))
    assert run.returncode == 0, run.stderr
    figures = json.loads(file.read_text())
    assert figures['engine']['name'] == 'openvino'
    assert list(figures['cameras']) == ['/load/camera0', '/load/camera1']
    for name, counts in figures['cameras'].items():
        assert counts['sent'] == counts['frames_in'] + counts['lost_in_transport']
        assert counts['unaccounted'] == 0
        assert counts['frames_out'] > 0
        assert len(counts['parts']) == 5
        assert name.rpartition('/')[2] in run.stdout


def test_a_node_that_ends_is_told_in_a_line() -> None:
    run = load('--param', 'engine:=abacus', '--seconds', '1')
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith('error: the node ended with exit code 1')
    assert 'Traceback' not in run.stderr


def test_a_parameter_is_given_as_ros_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(['load', '--param', 'threads=2'])
    assert "'threads=2' is not NAME:=VALUE, such as threads:=2" in capsys.readouterr().err


def test_latencies_are_summed_up_by_fifths_of_the_time() -> None:
    arrivals = [Arrival(10.0 + 0.5 * number, float(number)) for number in range(11)]
    parts = _parts(arrivals, 10.0)
    assert [len(part) for part in parts] == [2, 2, 2, 2, 3]
    assert percentiles(parts[4]) == {'p50': 9.0, 'p95': 9.9, 'p99': 9.98, 'max': 10.0}
    assert percentiles([]) == {}
