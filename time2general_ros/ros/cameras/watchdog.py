"""The warnings that tell a user why nothing happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from time2general_ros.ros.parameters.declared import NO_IMAGE_WARNING_S

if TYPE_CHECKING:
    from rclpy.node import Node

    from time2general_ros.ros.cameras.camera_group import CameraGroup
    from time2general_ros.ros.cameras.camera_stream import CameraStream
    from time2general_ros.ros.parameters.server import ParameterServer

_IMAGE_TYPES = {'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'}
_BUILD_NEWS_S = 5.0


class Watchdog:
    """Say from time to time which cameras are silent and how long a build has been going on."""

    def __init__(self, node: Node, parameters: ParameterServer) -> None:
        self._node = node
        self._parameters = parameters
        self._warned_s: dict[str, float] = {}
        self._told_building_s = 0.0

    def watch(self, cameras: CameraGroup) -> None:
        """Look at a node's cameras; called twice a second or so."""
        for stream in cameras.streams.values():
            stream.update_state()
            self._watch_stream(stream)
        building_s = cameras.worker.building_s
        if building_s < self._told_building_s:
            self._told_building_s = 0.0
        if building_s >= self._told_building_s + _BUILD_NEWS_S:
            self._told_building_s = building_s
            detail = cameras.worker.engine_state().detail
            self._node.get_logger().info(
                f'the engine is being built for {building_s:.0f} s: {detail}'
            )

    def _watch_stream(self, stream: CameraStream) -> None:
        limit_s = self._parameters.read(NO_IMAGE_WARNING_S)
        now_s = time.monotonic()
        silent_s = now_s - stream.last_arrival_ns / 1e9
        warned_ago_s = now_s - self._warned_s.get(stream.topic, 0.0)
        if stream.is_expecting and 0.0 < limit_s <= min(silent_s, warned_ago_s):
            self._warned_s[stream.topic] = now_s
            self._node.get_logger().warning(no_image_warning(self._node, stream.topic, silent_s))


def no_image_warning(node: Node, topic: str, silent_s: float) -> str:
    """
    Say that a topic is silent, who publishes on it, and what to change.

    :param topic: The resolved name of the topic.
    :param silent_s: Seconds since the last image, or since the start.
    """
    publishers = node.count_publishers(topic)
    return f'no image for {silent_s:.0f} s on {topic}, publishers: {publishers}; ' + (
        'check that the camera runs, that its type and QoS match (ros2 topic info -v), and that a '
        'whole image fits into the shared memory of Fast DDS (config/fastdds.xml) or the receive '
        'buffer of Cyclone DDS (config/cyclonedds.xml)'
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
