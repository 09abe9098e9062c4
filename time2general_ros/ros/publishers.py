"""The topics on which the answers for one camera leave the node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensor_msgs.msg import Image  # type: ignore[import-untyped]

from time2general_ros.messages.encode import ImageFields, mono8_fields, rgb8_fields
from time2general_ros.ros.overlay import blend_overlay
from time2general_ros.ros.qos import output_qos, overridable, publisher_events

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from rclpy.node import Node
    from rclpy.publisher import Publisher
    from std_msgs.msg import Header  # type: ignore[import-untyped]

    from time2general_ros.streaming.frame import Segmentation


class SegmentationPublishers:
    """
    Publish ``mask``, ``confidence`` and ``overlay`` under the header of their image.

    :param prefix: Put before the names of the topics; empty for a single camera.
    :param colours: RGB, uint8 [256, 3], by class id.
    """

    def __init__(self, node: Node, prefix: str, colours: npt.NDArray[np.uint8]) -> None:
        self._colours = colours
        self._mask = _create_publisher(node, prefix + 'mask')
        self._confidence = _create_publisher(node, prefix + 'confidence')
        self._overlay = _create_publisher(node, prefix + 'overlay')

    @property
    def topics(self) -> tuple[str, ...]:
        """The resolved names of the topics."""
        return tuple(p.topic_name for p in (self._mask, self._confidence, self._overlay))

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
        self._mask.publish(_message(header, mono8_fields(segmentation.class_ids)))
        self._confidence.publish(_message(header, mono8_fields(segmentation.confidence)))
        if self._overlay.get_subscription_count():
            overlay = blend_overlay(image, segmentation.class_ids, self._colours, overlay_alpha)
            self._overlay.publish(_message(header, rgb8_fields(overlay)))


def _create_publisher(node: Node, topic: str) -> Publisher[Image]:
    return node.create_publisher(
        Image,
        topic,
        output_qos(),
        qos_overriding_options=overridable(),
        event_callbacks=publisher_events(node.resolve_topic_name(topic), node.get_logger()),
    )


def _message(header: Header, fields: ImageFields) -> Image:
    return Image(header=header, **fields)
