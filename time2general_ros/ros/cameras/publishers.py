"""The topics on which the answers for one camera leave the node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rclpy.qos import DurabilityPolicy
from sensor_msgs.msg import Image  # type: ignore[import-untyped]

from time2general_ros.messages.encode import ImageFields, mono8_fields, rgb8_fields
from time2general_ros.ros.cameras.qos import output_qos, overridable, publisher_events
from time2general_ros.streaming.overlay import blend_overlay

if TYPE_CHECKING:
    from contextlib import ExitStack

    import numpy as np
    import numpy.typing as npt
    from rclpy.lifecycle import LifecycleNode
    from std_msgs.msg import Header  # type: ignore[import-untyped]

    from time2general_ros.streaming.frame import Segmentation


class SegmentationPublishers:
    """
    Publish ``mask``, ``confidence`` and ``overlay`` under the header of their image.

    Each is made for its subscribers only. A mask or confidence whose durability is set to
    ``transient_local`` is always made: it is owed to those who subscribe later.

    :param scope: Leaves the topics when it is closed.
    :param prefix: Put before the names of the topics; empty for a single camera.
    :param colours: RGB, uint8 [256, 3], by class id.
    """

    def __init__(
        self,
        node: LifecycleNode,
        scope: ExitStack,
        prefix: str,
        colours: npt.NDArray[np.uint8],
    ) -> None:
        self._colours = colours
        self._mask = _create_publisher(node, scope, prefix + 'mask')
        self._confidence = _create_publisher(node, scope, prefix + 'confidence')
        self._overlay = _create_publisher(node, scope, prefix + 'overlay')
        self._all = (self._mask, self._confidence, self._overlay)

    @property
    def topics(self) -> tuple[str, ...]:
        """The resolved names of the topics."""
        return tuple(publisher.topic_name for publisher in self._all)

    @property
    def are_wanted(self) -> bool:
        """Whether an answer would reach anybody."""
        return (
            is_wanted(self._mask)
            or is_wanted(self._confidence)
            or self._overlay.get_subscription_count() > 0
        )

    def publish(
        self,
        header: Header,
        image: npt.NDArray[np.uint8],
        segmentation: Segmentation,
        overlay_alpha: float,
    ) -> None:
        """
        Publish the answer to one image.

        :param image: RGB, uint8 [H, W, 3]; only read when the overlay has a subscriber.
        """
        if is_wanted(self._mask):
            self._mask.publish(_message(header, mono8_fields(segmentation.class_ids)))
        if is_wanted(self._confidence):
            self._confidence.publish(_message(header, mono8_fields(segmentation.confidence)))
        if self._overlay.get_subscription_count():
            overlay = blend_overlay(image, segmentation.class_ids, self._colours, overlay_alpha)
            self._overlay.publish(_message(header, rgb8_fields(overlay)))


def is_wanted(publisher: Any) -> bool:
    """Whether somebody subscribes, or what is published is kept for who will."""
    is_latched = publisher.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
    return bool(is_latched or publisher.get_subscription_count())


def _create_publisher(node: LifecycleNode, scope: ExitStack, topic: str) -> Any:
    publisher = node.create_lifecycle_publisher(
        Image,
        topic,
        output_qos(),
        qos_overriding_options=overridable(),
        event_callbacks=publisher_events(node.resolve_topic_name(topic), node.get_logger()),
    )
    scope.callback(node.destroy_lifecycle_publisher, publisher)
    return publisher


def _message(header: Header, fields: ImageFields) -> Image:
    return Image(header=header, **fields)
