"""A process that is a camera: noise at a steady rate until it is told to end."""

from __future__ import annotations

from array import array
import json
import sys
import time
from typing import Any

import numpy as np
import rclpy
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image  # type: ignore[import-untyped]

from time2general_ros.messages.stamps import split_stamp
from time2general_ros.ros.process import ros, stop_signals

_PICTURES = 12
_LOOK_EVERY_S = 0.02
# The last images are under way while a publisher goes.
_SETTLE_S = 1.0


def pictures(height: int, width: int) -> list[Any]:
    """Make messages of noise, for which a network takes as long as for any other picture."""
    noise = np.random.default_rng(1).integers(0, 256, (height, width + 8 * _PICTURES, 3), np.uint8)
    messages = []
    for index in range(_PICTURES):
        message = Image(height=height, width=width, encoding='rgb8', step=3 * width)
        message.data = array('B', noise[:, 8 * index : 8 * index + width].tobytes())
        messages.append(message)
    return messages


def main() -> None:
    """Publish from the first subscriber on until SIGINT or SIGTERM; print how many images."""
    topic, rate_hz, height, width = sys.argv[1:]
    with stop_signals() as stop, ros([]):
        publisher = rclpy.create_node('camera').create_publisher(Image, topic, QoSProfile(depth=5))
        messages = pictures(int(height), int(width))
        while not publisher.get_subscription_count() and not stop.wait(_LOOK_EVERY_S):
            pass
        start_s, sent = time.monotonic(), 0
        while not stop.wait(max(0.0, start_s + sent / float(rate_hz) - time.monotonic())):
            message = messages[sent % _PICTURES]
            stamp = message.header.stamp
            stamp.sec, stamp.nanosec = split_stamp(time.time_ns())
            publisher.publish(message)
            sent += 1
        time.sleep(_SETTLE_S)
    print(json.dumps({'sent': sent}))


if __name__ == '__main__':
    main()
