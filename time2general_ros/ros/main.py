"""The process that runs the segmentation node."""

from __future__ import annotations

import os
import sys

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.process import ros, spin, stop_signals


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
            from time2general_ros.ros.node import SegmentationNode

            node = SegmentationNode()
            try:
                spin(node, lambda: stop.is_set() or node.has_failed)
            finally:
                node.close()
                node.destroy_node()
            if node.is_building:
                # A build cannot be broken off, and Python waits for no thread that is inside it:
                # libraries would be taken down under its feet.
                sys.stderr.flush()
                os._exit(0)
            if node.has_failed:
                raise node.start_error()
    except Time2GeneralError as error:
        print(f'error: {error}', file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == '__main__':
    sys.exit(main())
