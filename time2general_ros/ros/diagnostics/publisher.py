"""The health of the node on ``/diagnostics``: one status per camera and one for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from diagnostic_msgs.msg import (  # type: ignore[import-untyped]
    DiagnosticArray,
    DiagnosticStatus,
    KeyValue,
)

from time2general_ros.ros.diagnostics.health import Finding, judge_camera, judge_engine
from time2general_ros.ros.diagnostics.values import camera_values, class_values, engine_values

if TYPE_CHECKING:
    from rclpy.node import Node

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.ros.engine.engine_state import EngineState
    from time2general_ros.ros.parameters.thresholds import Thresholds
    from time2general_ros.ros.statistics.stream_statistics import Snapshot

TOPIC = '/diagnostics'
ONLY_CAMERA = 'camera'
ENGINE = 'engine'


class DiagnosticsPublisher:
    """
    Publish a ``DiagnosticArray`` whenever it is told to.

    The name of a status is the node's full name, a colon and the camera or ``engine``, as
    ``diagnostic_aggregator`` sorts them. The topic is absolute, as everywhere in ROS.

    :param thresholds: Gives the bounds that hold now.
    :param engine_state: Gives the state of the engine.
    :param cameras: Gives the counters of every camera by its name; the only one may have none.
    :param labels: Gives the classes of the masks of those cameras.
    """

    def __init__(
        self,
        node: Node,
        thresholds: Callable[[], Thresholds],
        engine_state: Callable[[], EngineState],
        cameras: Callable[[], Mapping[str, Snapshot]],
        labels: Callable[[], Mapping[str, LabelSet]],
    ) -> None:
        self._node = node
        self._thresholds = thresholds
        self._engine_state = engine_state
        self._cameras = cameras
        self._labels = labels
        self._publisher = node.create_publisher(DiagnosticArray, TOPIC, 1)

    def tick(self) -> None:
        """Publish how everything stands; call it every ``diagnostics.period_s``."""
        engine, thresholds = self._engine_state(), self._thresholds()
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.status = [
            self._status(ENGINE, engine.device, judge_engine(engine), engine_values(engine))
        ]
        labels = self._labels()
        for name, snapshot in self._cameras().items():
            camera = name or ONLY_CAMERA
            finding = judge_camera(snapshot, thresholds, engine)
            hardware = '/'.join((self._node.get_namespace().rstrip('/'), camera))
            values = camera_values(snapshot)
            if name in labels:
                values |= class_values(labels[name])
            message.status.append(self._status(camera, hardware, finding, values))
        self._publisher.publish(message)

    def _status(
        self, part: str, hardware: str, finding: Finding, values: Mapping[str, str]
    ) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=bytes([finding.level]),
            name=f'{self._node.get_fully_qualified_name()}: {part}',
            message=finding.text,
            hardware_id=hardware,
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )
