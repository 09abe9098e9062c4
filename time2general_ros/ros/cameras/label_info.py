"""The names of the classes, for whoever subscribes to masks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from time2general_ros.messages.label_info import TOPIC, label_info_message
from time2general_ros.ros.cameras.qos import overridable, publisher_events

if TYPE_CHECKING:
    from rclpy.node import Node
    from rclpy.publisher import Publisher

    from time2general_ros.labels.label_set import LabelSet


def label_info_publisher(node: Node, prefix: str, labels: LabelSet) -> Publisher[Any] | None:
    """
    Publish ``label_info`` once, for subscribers of now and later.

    :param prefix: Put before the name of the topic, as before that of the mask.
    :returns: The publisher, which keeps the message available for as long as it lives; None
        without the package ``vision_msgs``, which is logged once.
    """
    try:
        messages = import_module('vision_msgs.msg')
    except ImportError:
        node.get_logger().info(
            'label_info is not published, because the package vision_msgs cannot be imported: '
            'masks stay as they are, but their readers (such as the semantic_segmentation_layer '
            'of Nav2) do not learn the names of the classes; install ros-$ROS_DISTRO-vision-msgs',
            once=True,
        )
        return None
    publisher = node.create_publisher(
        messages.LabelInfo,
        prefix + TOPIC,
        label_info_qos(),
        qos_overriding_options=overridable(),
        event_callbacks=publisher_events(
            node.resolve_topic_name(prefix + TOPIC), node.get_logger()
        ),
    )
    message = label_info_message(labels, messages.LabelInfo, messages.VisionClass)
    message.header.stamp = node.get_clock().now().to_msg()
    publisher.publish(message)
    return publisher


def label_info_qos() -> QoSProfile:
    """Make the profile of a latched topic: a late subscriber gets the last message."""
    return QoSProfile(
        depth=1,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )
