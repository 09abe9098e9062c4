"""The player goes on when those who need its messages listen, and not before."""

from __future__ import annotations

import subprocess
import sys
import time

from launch_samples import PATIENCE_S, PROJECT
import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

from rclpy.node import Node
from ros_harness import peer, ros_context
from std_srvs.srv import Empty

PROGRAMS = 'time2general_ros.ros.programs.entry_points'


@pytest.fixture
def modules(tmp_path):
    """Give a folder with the service type of rosbag2, which has no fields."""
    package = tmp_path / 'rosbag2_interfaces'
    package.mkdir()
    (package / '__init__.py').touch()
    (package / 'srv.py').write_text('from std_srvs.srv import Empty as Resume')
    return tmp_path


def started(modules, *arguments):
    code = f'import sys; sys.path[:0] = [{str(PROJECT)!r}, {str(modules)!r}]\n'
    code += f'from {PROGRAMS} import begin_replay\nsys.exit(begin_replay())'
    return subprocess.Popen(
        [sys.executable, '-c', code, *arguments], stderr=subprocess.PIPE, text=True
    )


def test_the_player_goes_on_once_every_topic_has_a_listener(modules):
    resumed = []

    def resume(_request, response):
        resumed.append(True)
        return response

    with ros_context() as context, peer(namespace='', connect=False) as end:
        player = Node('rosbag2_player', context=context)
        player.create_service(Empty, '~/resume', resume)
        end._executor.add_node(player)
        end.listen('a', latched=False)
        process = started(modules, '/a', '/b')
        until = time.monotonic() + 2.0
        end.wait(lambda: time.monotonic() > until)
        assert resumed == []
        end.listen('b', latched=False)
        end.wait(lambda: process.poll() is not None, 'the program ends')
        assert process.returncode == 0
        assert resumed == [True]
        player.destroy_node()


def test_who_does_not_listen_is_named(modules):
    process = started(modules, '/nobody', '--patience-s', '0.5')
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert said.startswith('error: nobody answers on /nobody, /rosbag2_player/resume within 0.5 s')
    assert len(said.splitlines()) == 1


def test_a_missing_rosbag2_is_one_line(tmp_path):
    process = started(tmp_path, '/a')
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert 'rosbag2_interfaces cannot be imported' in said
    assert len(said.splitlines()) == 1
