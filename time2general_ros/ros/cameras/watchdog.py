"""The warnings that tell a user why nothing happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rclpy.clock import ROSClock

from time2general_ros.ros.cameras.inputs import COMPRESSED
from time2general_ros.ros.parameters.declared import NO_IMAGE_WARNING_S

if TYPE_CHECKING:
    from rclpy.node import Node

    from time2general_ros.ros.cameras.camera_group import CameraGroup
    from time2general_ros.ros.cameras.camera_stream import CameraStream
    from time2general_ros.ros.parameters.server import ParameterServer

_IMAGE_TYPES = {
    'raw': 'sensor_msgs/msg/Image',
    COMPRESSED: 'sensor_msgs/msg/CompressedImage',
}
_BUILD_NEWS_S = 5.0
_CLOCK = '/clock'
# What this package draws is no camera, even if another process does.
_DRAWN = 'diagnostics_image'


class Watchdog:
    """Say from time to time which cameras are silent and how long a build has been going on."""

    def __init__(self, node: Node, parameters: ParameterServer) -> None:
        self._node = node
        self._parameters = parameters
        self._warned_s: dict[str, float] = {}
        self._told_building_s = 0.0
        self._arrivals_ns: dict[str, int] = {}
        self._silent_s: dict[str, float] = {}
        self._ready_s = time.monotonic()
        self._last = self._clocks()

    def watch(self, cameras: CameraGroup) -> None:
        """Look at a node's cameras; called twice a second or so."""
        passed_s = self._passed_s()
        for stream in cameras.streams.values():
            stream.update_state()
            self._watch_stream(stream, passed_s)
        self._watch_time(cameras.worker.is_ready)
        building_s = cameras.worker.building_s
        if building_s < self._told_building_s:
            self._told_building_s = 0.0
        if building_s >= self._told_building_s + _BUILD_NEWS_S:
            self._told_building_s = building_s
            detail = cameras.worker.engine_state().detail
            self._node.get_logger().info(
                f'the engine is being built for {building_s:.0f} s: {detail}'
            )

    def _passed_s(self) -> float:
        """
        Measure the time that has passed on both clocks since the last call, in seconds.

        While a simulated clock stands still or has not begun, nobody owes an image.
        """
        before, self._last = self._last, self._clocks()
        if not all(before):  # the leap to the time at which it begins is no silence
            return 0.0
        passed = [(now - then) / 1e9 for now, then in zip(self._last, before, strict=True)]
        return max(0.0, min(passed))

    def _clocks(self) -> tuple[int, int]:
        return time.monotonic_ns(), self._node.get_clock().now().nanoseconds

    def _watch_time(self, is_ready: bool) -> None:
        """Say that a simulated clock does not begin, once the node has all else that it needs."""
        clock = self._node.get_clock()
        is_simulated = isinstance(clock, ROSClock) and clock.ros_time_is_active
        is_missing = is_ready and is_simulated and not clock.now().nanoseconds
        now_s = time.monotonic()
        if not is_missing:
            self._ready_s = now_s
        elif self._is_due(_CLOCK, now_s - self._ready_s):
            self._node.get_logger().warning(
                f'no time for {now_s - self._ready_s:.0f} s on {_CLOCK}: start what publishes it '
                '(such as ros2 bag play --clock), or set use_sim_time to false'
            )

    def _watch_stream(self, stream: CameraStream, passed_s: float) -> None:
        topic = stream.topic
        if self._arrivals_ns.get(topic) == stream.last_arrival_ns:
            self._silent_s[topic] += passed_s
        else:
            since_s = (time.monotonic_ns() - stream.last_arrival_ns) / 1e9
            self._arrivals_ns[topic] = stream.last_arrival_ns
            self._silent_s[topic] = min(passed_s, since_s)
        if stream.is_expecting and self._is_due(topic, self._silent_s[topic]):
            warning = no_image_warning(self._node, stream, self._silent_s[topic])
            self._node.get_logger().warning(warning)

    def _is_due(self, subject: str, missing_s: float) -> bool:
        """Whether to warn of something that has been missing for so long, now."""
        limit_s = self._parameters.read(NO_IMAGE_WARNING_S)
        now_s = time.monotonic()
        warned_ago_s = now_s - self._warned_s.get(subject, 0.0)
        is_due = 0.0 < limit_s <= min(missing_s, warned_ago_s)
        if is_due:
            self._warned_s[subject] = now_s
        return is_due


def no_image_warning(node: Node, camera: CameraStream, silent_s: float) -> str:
    """
    Say that a camera is silent, who publishes on its topic, and what to change.

    :param silent_s: Seconds since the last image, or since the start.
    """
    topic = camera.topic
    publishers = node.count_publishers(topic)
    return f'no image for {silent_s:.0f} s on {topic}, publishers: {publishers}; ' + (
        'check that the camera runs, that its type and QoS match (ros2 topic info -v), and that a '
        'whole image fits into the shared memory of Fast DDS (config/fastdds.xml) or the receive '
        'buffer of Cyclone DDS (config/cyclonedds.xml)'
        if publishers
        else f'start the camera or remap {camera.input_name}; {_others(node, camera)}'
    )


def _others(node: Node, camera: CameraStream) -> str:
    """Name the topics that a camera could take, and those that another transport could."""
    ours = {publisher.topic_name for publisher in node.publishers}
    found: dict[str, list[str]] = {transport: [] for transport in _IMAGE_TYPES}
    for name, types in sorted(node.get_topic_names_and_types()):
        is_foreign = name not in {camera.topic, *ours} and name.rpartition('/')[2] != _DRAWN
        if is_foreign and node.count_publishers(name):
            for transport, type_name in _IMAGE_TYPES.items():
                if type_name in types:
                    found[transport].append(name)
    fitting = found.pop(camera.transport)
    parts = [f'images are published on {", ".join(fitting)}'] if fitting else []
    parts += [
        f'with image_transport {transport} there would be {", ".join(names)}'
        for transport, names in found.items()
        if names
    ]
    return '; '.join(parts) or 'no images are published'
