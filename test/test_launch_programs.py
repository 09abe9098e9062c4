"""The programs that launch files start beside the node: over real DDS, one as a process."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
import subprocess
import sys
import time
from xml.etree import ElementTree

from launch_samples import PATIENCE_S, PROJECT
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image

from time2general_ros.messages.decode import decode
from time2general_ros.ros.launching.fast_dds import large_image_environment
from time2general_ros.ros.programs.diagnostics_image import (
    DiagnosticsImageNode,
    draw_statuses,
)

RED, GREEN = (240, 80, 80), (90, 200, 90)


def status(name='/ego/time2general: front', level=b'\x00', count=0, state='ready'):
    values = [KeyValue(key=f'key{index}', value=str(index)) for index in range(count)]
    values.append(KeyValue(key='state', value=state))
    return DiagnosticStatus(name=name, level=level, message='fine', values=values)


def test_the_board_grows_with_the_values_and_shows_the_level():
    assert draw_statuses([]).shape == (16 + 18, 1000, 3)
    fine, broken = draw_statuses([status(count=3)]), draw_statuses([status(level=b'\x02')])
    assert fine.shape == (16 + 2 * 18, 1000, 3)
    assert draw_statuses([status(count=4)]).shape == (16 + 3 * 18, 1000, 3)
    assert shows(fine, GREEN)
    assert not shows(fine, RED)
    assert shows(broken, RED)


def test_a_level_that_is_unknown_is_drawn_as_stale():
    drawn = draw_statuses([status(level=b'\x09')])
    assert shows(drawn[:26], (120, 120, 120))
    assert drawn[:26].max() <= 120


def shows(board, colour):
    """Whether a line has this colour, of which thin letters may have no full pixel."""
    strength = board.max(-1, keepdims=True) / max(colour)
    is_line = (strength > 0.5) & (strength <= 1.0)
    return (is_line & (abs(board - strength * np.array(colour)) < 8)).all(-1).any()


@contextmanager
def graph(namespace, *nodes):
    """Spin a tester, which publishes diagnostics, and other nodes."""
    context = Context()
    context.init(['test'])
    tester = Node('tester', namespace=namespace, context=context)
    executor = SingleThreadedExecutor(context=context)
    made = [make(context=context, cli_args=[]) for make in nodes]
    for node in (tester, *made):
        executor.add_node(node)
    try:
        yield tester, tester.create_publisher(DiagnosticArray, '/diagnostics', 5), executor
    finally:
        executor.shutdown()
        for node in (tester, *made):
            node.destroy_node()
        context.try_shutdown()


def spin_until(executor, condition, act=lambda: None):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, 'gave up waiting'
        act()
        executor.spin_once(timeout_sec=0.1)


def test_the_diagnostics_of_the_own_namespace_become_an_image():
    def board(**options):
        return DiagnosticsImageNode(namespace='ego', **options)

    with graph('ego', board) as (tester, publisher, executor):
        images = []
        tester.create_subscription(Image, 'diagnostics_image', images.append, 5)
        mine, other = status(count=5), status('/ego2/time2general: front', b'\x02', count=50)
        message = DiagnosticArray(status=[mine, other])
        message.header.stamp.sec = 7
        spin_until(executor, lambda: images, lambda: publisher.publish(message))
        assert images[0].header.stamp.sec == 7
        np.testing.assert_array_equal(decode(images[0]), draw_statuses([mine]))


def test_waiting_ends_when_the_engine_of_that_node_is_ready():
    program = 'time2general_ros.ros.programs.wait_until_ready'
    process = subprocess.Popen([sys.executable, '-m', program, '/ego/time2general'], cwd=PROJECT)
    try:
        with graph('ego') as (_, publisher, executor):

            def send(*statuses):
                publisher.publish(DiagnosticArray(status=list(statuses)))

            building = status('/ego/time2general: engine', state='building')
            others = [status('/ego2/time2general: engine'), status('/ego/time2general: front')]
            spin_until(executor, lambda: publisher.get_subscription_count() > 0)
            end = time.monotonic() + 1.0
            spin_until(executor, lambda: time.monotonic() > end, lambda: send(building, *others))
            assert process.poll() is None
            ready = status('/ego/time2general: engine')
            spin_until(executor, lambda: process.poll() is not None, lambda: send(ready))
            assert process.returncode == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ('environment', 'names'),
    [
        ({}, ['FASTDDS_DEFAULT_PROFILES_FILE']),
        ({'ROS_DISTRO': 'humble'}, ['FASTRTPS_DEFAULT_PROFILES_FILE']),
        ({'ROS_DISTRO': 'jazzy'}, ['FASTRTPS_DEFAULT_PROFILES_FILE']),
        ({'ROS_DISTRO': 'lyrical'}, ['FASTDDS_DEFAULT_PROFILES_FILE']),
        ({'FASTDDS_DEFAULT_PROFILES_FILE': '/mine'}, []),
        ({'FASTRTPS_DEFAULT_PROFILES_FILE': ''}, []),
    ],
)
def test_fast_dds_is_told_of_large_images_unless_the_user_has_told_it(environment, names):
    given = large_image_environment(PROJECT, {**environment, 'CYCLONEDDS_URI': '<mine/>'})
    assert list(given) == names
    assert all(Path(path).is_file() for path in given.values())


@pytest.mark.parametrize('distribution', ['humble', 'jazzy', 'kilted'])
def test_cyclone_dds_is_told_of_large_images_unless_the_user_has_told_it(distribution):
    given = large_image_environment(PROJECT, {'ROS_DISTRO': distribution})
    assert given['CYCLONEDDS_URI'].startswith('file:///')
    content = ElementTree.parse(given['CYCLONEDDS_URI'].removeprefix('file://')).getroot()
    (buffer,) = content.iter('{https://cdds.io/config}SocketReceiveBufferSize')
    # As a condition (min) it would keep a node from starting where the kernel grants less.
    assert buffer.attrib == {'min': 'default', 'max': '4MB'}
    assert 'CYCLONEDDS_URI' not in large_image_environment(PROJECT, {'CYCLONEDDS_URI': ''})
