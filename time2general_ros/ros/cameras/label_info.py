"""The names of the classes, for whoever subscribes to masks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from time2general_ros.ros.cameras.qos import overridable, publisher_events

if TYPE_CHECKING:
    from rclpy.node import Node
    from rclpy.publisher import Publisher

    from time2general_ros.data.labels import LabelSet

TOPIC = 'label_info'
# Every pixel carries its likeliest class, however unlikely: what to trust is up to the reader of
# the confidence image.
THRESHOLD = 0.0


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


def label_info_message(labels: LabelSet, info_type: type, class_type: type) -> Any:
    """
    Name the classes of a label set in a ``vision_msgs/LabelInfo``.

    Id 255 is not listed: for uint8 masks the message's definition reserves it for unlabelled
    pixels, and a costmap refuses a class that it has no cost for.

    :param info_type: ``vision_msgs.msg.LabelInfo``.
    :param class_type: ``vision_msgs.msg.VisionClass``.
    """
    classes = [
        class_type(class_id=index, class_name=name) for index, name in enumerate(labels.classes)
    ]
    return info_type(class_map=classes, threshold=THRESHOLD)
