"""A process that lets a paused ``ros2 bag play`` go on once those who need its messages listen."""

from __future__ import annotations

import argparse
from importlib import import_module
import sys
import time
from typing import TYPE_CHECKING, Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.process import ros, stop_signals

if TYPE_CHECKING:
    from collections.abc import Callable

# What this process sees of the others, they see of each other by then.
_SETTLE_S = 1.0
_LOOK_EVERY_S = 0.05
PLAYER = '/rosbag2_player'


class BeginError(Time2GeneralError):
    """The replay cannot begin."""


def main(arguments: list[str] | None = None) -> int:
    """
    Wait until every topic has a subscriber, then resume the player.

    :returns: Exit code: 0 once the player plays or after SIGINT or SIGTERM.
    :raises BeginError: if it cannot.
    """
    from rclpy.utilities import remove_ros_args

    given = sys.argv if arguments is None else arguments
    parser = argparse.ArgumentParser(prog='begin_replay', description=__doc__)
    parser.add_argument('topics', nargs='+', help='topics that need a subscriber')
    parser.add_argument('--patience-s', type=float, default=60.0, help='how long to wait')
    options = parser.parse_args(remove_ros_args(given)[1:])
    with stop_signals() as stop, ros(given):
        _begin(options.topics, options.patience_s, stop.is_set)
    return 0


def _begin(topics: list[str], patience_s: float, is_stopped: Callable[[], bool]) -> None:
    from rclpy.node import Node

    try:
        service: Any = import_module('rosbag2_interfaces.srv').Resume
    except ImportError as error:
        raise BeginError(
            f'rosbag2_interfaces cannot be imported ({error}): '
            'sudo apt install ros-$ROS_DISTRO-ros2bag, and source the installation'
        ) from error
    node = Node('begin_replay')
    client: Any = node.create_client(service, f'{PLAYER}/resume')
    end = time.monotonic() + patience_s

    def missing() -> list[str]:
        silent = [topic for topic in topics if not node.count_subscribers(topic)]
        return silent if client.service_is_ready() else [*silent, f'{PLAYER}/resume']

    def wait(condition: Callable[[], bool]) -> None:
        import rclpy

        while not (is_stopped() or condition()):
            if time.monotonic() > end:
                raise BeginError(
                    f'nobody answers on {", ".join(missing()) or PLAYER} within {patience_s:g} s: '
                    'look for errors of node, player and recorder above'
                )
            rclpy.spin_once(node, timeout_sec=_LOOK_EVERY_S)

    try:
        wait(lambda: not missing())
        settled = time.monotonic() + _SETTLE_S
        wait(lambda: time.monotonic() > settled)
        if not is_stopped():
            answer = client.call_async(service.Request())
            wait(answer.done)
    finally:
        node.destroy_node()


if __name__ == '__main__':
    sys.exit(main())
