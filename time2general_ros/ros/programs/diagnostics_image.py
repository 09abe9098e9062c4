"""The diagnostics drawn as an image: RViz has no display for them, but one for images."""

from __future__ import annotations

from collections.abc import Sequence
import sys
from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
from rclpy.node import Node
from sensor_msgs.msg import Image  # type: ignore[import-untyped]

from time2general_ros.messages.encode import rgb8_fields
from time2general_ros.ros.diagnostics.publisher import TOPIC
from time2general_ros.ros.process import ros, spin_guarded, started, stop_signals

_WIDTH, _LINE, _MARGIN, _COLUMNS = 1000, 18, 8, 4
_FONT, _SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.42
_WHITE = (230, 230, 230)
_GREY = (120, 120, 120)
# OK, WARN, ERROR, STALE
_LEVELS = ((90, 200, 90), (240, 190, 50), (240, 80, 80), _GREY)


def draw_statuses(statuses: Sequence[Any]) -> npt.NDArray[np.uint8]:
    """
    Write statuses below each other, each headed by its name in the colour of its level.

    :param statuses: Messages of type ``diagnostic_msgs/DiagnosticStatus``.
    :returns: RGB, uint8 [H, 1000, 3]; H grows with the number of values.
    """
    lines: list[tuple[tuple[int, int, int], list[str]]] = []
    for status in statuses:
        level = min(int.from_bytes(status.level, 'little'), len(_LEVELS) - 1)
        lines.append((_LEVELS[level], [f'{status.name}: {status.message}']))
        values = [f'{pair.key}: {pair.value}' for pair in status.values]
        lines += [(_WHITE, values[i : i + _COLUMNS]) for i in range(0, len(values), _COLUMNS)]
    if not lines:
        lines.append((_GREY, [f'nothing on {TOPIC} yet']))
    board = np.zeros((2 * _MARGIN + _LINE * len(lines), _WIDTH, 3), np.uint8)
    for row, (colour, texts) in enumerate(lines):
        for column, text in enumerate(texts):
            corner = (
                _MARGIN + column * (_WIDTH // _COLUMNS),
                _MARGIN + _LINE * row + 3 * _LINE // 4,
            )
            cv2.putText(board, text, corner, _FONT, _SCALE, colour, 1, cv2.LINE_AA)
    return board


class DiagnosticsImageNode(Node):
    """
    Draw the statuses of the nodes in the own namespace, each time one of them arrives.

    Publishes ``diagnostics_image`` while somebody subscribes to it.

    :param node_options: Keyword arguments of :class:`rclpy.node.Node`.
    """

    def __init__(self, **node_options: Any) -> None:
        super().__init__('diagnostics_image', **node_options)
        self._prefix = self.get_namespace().rstrip('/') + '/'
        self._statuses: dict[str, Any] = {}
        self._publisher = self.create_publisher(Image, 'diagnostics_image', 1)
        self.create_subscription(DiagnosticArray, TOPIC, self._on_diagnostics, 10)

    def _on_diagnostics(self, message: Any) -> None:
        ours = {s.name: s for s in message.status if s.name.startswith(self._prefix)}
        self._statuses.update(ours)
        if not ours or not self._publisher.get_subscription_count():
            return
        statuses = [self._statuses[name] for name in sorted(self._statuses)]
        image = Image(**rgb8_fields(draw_statuses(statuses)))
        image.header.stamp = message.header.stamp
        image.header.frame_id = 'diagnostics'
        self._publisher.publish(image)


def main(arguments: list[str] | None = None) -> int:
    """
    Draw diagnostics until SIGINT or SIGTERM.

    :returns: Exit code: 0 after a signal.
    """
    with stop_signals() as stop, ros(arguments):
        with started():
            node = DiagnosticsImageNode()
        spin_guarded(node, stop.is_set)
        node.destroy_node()
    return 0


if __name__ == '__main__':
    sys.exit(main())
