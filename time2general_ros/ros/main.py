"""The process that runs the segmentation node."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.process import ros, spin, started, stop_signals

if TYPE_CHECKING:
    from time2general_ros.ros.node import SegmentationNode


def main(arguments: list[str] | None = None) -> int:
    """
    Run the node until SIGINT or SIGTERM.

    With ``autostart`` nobody else would bring a failed node back, so that the process ends for
    whoever respawns it; otherwise the node stays, unconfigured, for its lifecycle manager.

    :param arguments: Command line with the program's name first; by default that of the process.
    :returns: Exit code: 0 after a signal, 1 if the node could not start or write its report.
    """
    try:
        with stop_signals() as stop, ros(arguments):
            # Only now: without ROS this import fails, and that is told by ros().
            from time2general_ros.ros.node import SegmentationNode

            command_line = sys.argv if arguments is None else arguments
            with started():
                node = SegmentationNode(command_line=command_line)
            try:
                spin(node, lambda: stop.is_set() or node.has_failed, node.survive)
            finally:
                unreported = _closed(node)
                node.destroy_node()
            if node.is_building:
                # A build cannot be broken off, and Python waits for no thread that is inside it:
                # libraries would be taken down under its feet.
                os._exit(_told(unreported) if unreported else 0)
            if unreported:
                raise unreported
            if node.has_failed:
                raise node.start_error()
    except Time2GeneralError as error:
        return _told(error)
    return 0


def _closed(node: SegmentationNode) -> Time2GeneralError | None:
    """Shut the node down and return what kept it from leaving its report, if anything did."""
    try:
        node.close()
    except Time2GeneralError as error:
        return error
    return None


def _told(error: Time2GeneralError) -> int:
    """Print an error and return the exit code for it."""
    print(f'error: {error}', file=sys.stderr, flush=True)
    return error.exit_code


if __name__ == '__main__':
    sys.exit(main())
