"""A process that plays the images of a bag as a camera driver would."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from time2general_ros.bags.images import BadFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.errors import Time2GeneralError
from time2general_ros.messages.encode import rgb8_fields
from time2general_ros.messages.stamps import NS_PER_S, split_stamp
from time2general_ros.read_ahead import read_ahead
from time2general_ros.ros.process import ros, stop_signals
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from rclpy.node import Node

_AHEAD = 16
_LOOK_EVERY_S = 0.02
# Lets the images lie ready, so that decoding them does not compete with the first answers.
_HEAD_START_NS = 500_000_000


class PlayerError(Time2GeneralError):
    """Nobody takes the images."""


class BagPlayer:
    """
    Publish the images of a bag as raw ``sensor_msgs/Image``, at the pace of their recording.

    Images are decoded ahead in a thread, and each has a due time counted from the first one, so
    that neither decoding nor a late wake-up adds up to drift.

    :param node: The node to publish with.
    :param path: The bag.
    :param source: Image topic of the bag, raw or compressed; None for its only one.
    :param topic: Topic to publish on.
    :raises BagError: if the bag or the topic cannot be read.
    """

    def __init__(self, node: Node, path: Path, source: str | None, topic: str) -> None:
        from rclpy.qos import QoSProfile
        from sensor_msgs.msg import Image  # type: ignore[import-untyped]

        with BagReader(path) as bag:
            self._source = bag.image_topic(source)
        self._path = path
        self._message_type = Image
        self._node = node
        self._publisher = node.create_publisher(Image, topic, QoSProfile(depth=5))

    def wait_for_subscriber(self, timeout_s: float, stop: threading.Event) -> None:
        """
        Wait until somebody takes the images, or ``stop`` is set.

        :raises PlayerError: if nobody does in time.
        """
        end = time.monotonic() + timeout_s
        while not (self._publisher.get_subscription_count() or stop.wait(_LOOK_EVERY_S)):
            if time.monotonic() > end:
                raise PlayerError(
                    f'nobody subscribed to {self._publisher.topic_name} within {timeout_s:g} s; '
                    'start the node first, with that topic and a matching ROS_DOMAIN_ID'
                )

    def play(self, stop: threading.Event) -> int:
        """
        Publish the images until the bag ends or ``stop`` is set.

        :returns: Number of images published.
        :raises BagError: if the bag turns out to be unreadable.
        """
        count = 0
        start_ns: int | None = None
        for due_ns, message in read_ahead(self._images(), _AHEAD):
            if start_ns is None:
                start_ns = time.monotonic_ns() + _HEAD_START_NS
            if stop.wait(max(0.0, (start_ns + due_ns - time.monotonic_ns()) / NS_PER_S)):
                break
            self._publisher.publish(message)
            count += 1
        return count

    def _images(self) -> Iterator[tuple[int, Any]]:
        """Yield each image message with its due time in ns since the first one."""
        first_ns: int | None = None
        with BagReader(self._path) as bag:
            for recorded in read_frames(bag, self._source):
                if isinstance(recorded, BadFrame):
                    self._node.get_logger().warning(f'left out an image: {recorded.message}')
                    continue
                if first_ns is None:
                    first_ns = recorded.log_time_ns
                message = self._message_type(**rgb8_fields(recorded.image))
                message.header.frame_id = recorded.frame_id
                stamp = message.header.stamp
                stamp.sec, stamp.nanosec = split_stamp(recorded.stamp_ns)
                yield recorded.log_time_ns - first_ns, message


def main(arguments: list[str] | None = None) -> int:
    """
    Play a bag.

    :returns: Exit code: 0, or 1 if the bag is unusable or nobody listens.
    """
    parser = argparse.ArgumentParser(prog='player', description=__doc__)
    parser.add_argument('bag', type=user_path)
    parser.add_argument('--topic', help='image topic of the bag; by default its only one')
    parser.add_argument('--image-topic', required=True, help='topic to publish on')
    parser.add_argument('--wait-s', type=float, default=30.0, help='patience for a subscriber')
    options = parser.parse_args(arguments)
    try:
        with stop_signals() as stop, ros([]):
            from rclpy.node import Node

            node = Node('player')
            player = BagPlayer(node, options.bag, options.topic, options.image_topic)
            player.wait_for_subscriber(options.wait_s, stop)
            count = player.play(stop)
            node.destroy_node()
    except Time2GeneralError as error:
        print(f'error: {error}', file=sys.stderr)
        return error.exit_code
    print(f'played {count} images')
    return 0


if __name__ == '__main__':
    sys.exit(main())
