"""The calibration of a camera, beside its masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sensor_msgs.msg import CameraInfo  # type: ignore[import-untyped]

from time2general_ros.ros.cameras.inputs import CAMERA_INFO
from time2general_ros.ros.cameras.publishers import is_wanted
from time2general_ros.ros.cameras.qos import (
    input_qos,
    output_qos,
    overridable,
    publisher_events,
    subscription_events,
)

if TYPE_CHECKING:
    from contextlib import ExitStack

    from rclpy.lifecycle import LifecycleNode
    from std_msgs.msg import Header  # type: ignore[import-untyped]

    from time2general_ros.ros.cameras.inputs import Input


class CameraInfoRelay:
    """
    Publish the newest ``camera_info`` under the header of each mask.

    A mask has the size of its image, so that the calibration holds for it unchanged.

    :param scope: Leaves the topics when it is closed.
    :param source: The calibration of the camera; None if there is nothing to do, as where the
        driver's lies beside the masks already.
    :param prefix: Put before the name of the topic, as before that of the mask.
    """

    def __init__(
        self, node: LifecycleNode, scope: ExitStack, source: Input | None, prefix: str
    ) -> None:
        self._newest: Any = None
        self._publisher = None
        if source is None:
            return
        target = prefix + CAMERA_INFO
        self._publisher = node.create_lifecycle_publisher(
            CameraInfo,
            target,
            output_qos(),
            qos_overriding_options=overridable(),
            event_callbacks=publisher_events(node.resolve_topic_name(target), node.get_logger()),
        )
        scope.callback(node.destroy_lifecycle_publisher, self._publisher)
        subscription = node.create_subscription(
            CameraInfo,
            source.name,
            self._keep,
            input_qos(),
            qos_overriding_options=overridable(),
            event_callbacks=subscription_events(source.topic, node.get_logger()),
        )
        scope.callback(node.destroy_subscription, subscription)

    @property
    def is_wanted(self) -> bool:
        """Whether a calibration would reach anybody."""
        return self._publisher is not None and is_wanted(self._publisher)

    def publish(self, header: Header) -> None:
        """Publish the newest calibration under the header of a mask, if there is one."""
        if self._publisher is not None and (info := self._newest) is not None:
            info.header = header
            self._publisher.publish(info)

    def _keep(self, info: Any) -> None:
        self._newest = info
