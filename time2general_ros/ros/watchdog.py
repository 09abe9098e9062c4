"""The warning that tells a user why nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rclpy.node import Node

_IMAGE_TYPES = {'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'}


def no_image_warning(node: Node, topic: str, silent_s: float) -> str:
    """
    Say that a topic is silent, who publishes on it, and what to change.

    :param topic: The resolved name of the topic.
    :param silent_s: Seconds since the last image, or since the start.
    """
    publishers = node.count_publishers(topic)
    return f'no image for {silent_s:.0f} s on {topic}, publishers: {publishers}; ' + (
        'check that the camera runs, that its type and QoS match (ros2 topic info -v), and with '
        'Fast DDS that its shared memory holds a whole image (see config/fastdds.xml)'
        if publishers
        else f'start the camera or remap image_raw; {_others(node, topic)}'
    )


def _others(node: Node, topic: str) -> str:
    images = sorted(
        name
        for name, types in node.get_topic_names_and_types()
        if _IMAGE_TYPES.intersection(types) and name != topic and node.count_publishers(name)
    )
    return f'images are published on {", ".join(images)}' if images else 'no images are published'
