"""A process that ends once a node's engine takes images, for what has to start after it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray  # type: ignore[import-untyped]
from rclpy.node import Node
from rclpy.utilities import remove_ros_args

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.diagnostics.publisher import ENGINE, TOPIC
from time2general_ros.ros.process import ros, spin, started, stop_signals


class ReadyWatch(Node):
    """
    Follow the diagnostics of a segmentation node until its engine is ready.

    :param target: Full name of the node, such as ``/segmentation/time2general``.
    """

    def __init__(self, target: str, **node_options: Any) -> None:
        super().__init__('wait_until_ready', **node_options)
        self.is_ready = False
        self._name = f'{target}: {ENGINE}'
        self.create_subscription(DiagnosticArray, TOPIC, self._on_diagnostics, 10)

    def _on_diagnostics(self, message: Any) -> None:
        for status in message.status:
            if status.name == self._name:
                values = {pair.key: pair.value for pair in status.values}
                self.is_ready = values['state'] == 'ready'


def main(arguments: list[str] | None = None) -> int:
    """
    Wait for a node.

    :returns: Exit code: 0 once the engine is ready, or after SIGINT or SIGTERM; 1 if ROS 2 is not
        available.
    """
    given = sys.argv if arguments is None else arguments
    parser = argparse.ArgumentParser(prog='wait_until_ready', description=__doc__)
    parser.add_argument('node', help='full name, such as /segmentation/time2general')
    options = parser.parse_args(remove_ros_args(given)[1:])
    try:
        with stop_signals() as stop, ros(given):
            with started():
                watch = ReadyWatch(options.node)
            spin(watch, lambda: watch.is_ready or stop.is_set())
            watch.destroy_node()
    except Time2GeneralError as error:
        print(f'error: {error}', file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == '__main__':
    sys.exit(main())
