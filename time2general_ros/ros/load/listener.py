"""Who notes when the masks of some cameras arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
import struct
import time
from typing import NamedTuple

import numpy as np
import rclpy
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image  # type: ignore[import-untyped]

from time2general_ros.messages.stamps import NS_PER_S

_DEPTH = 50
_NS_PER_MS = 1_000_000
_STAMP, _AFTER_CDR = struct.Struct('<iI'), 4


class Arrival(NamedTuple):
    """When a mask came, on the monotonic clock, and how long after the stamp of its image."""

    when_s: float
    latency_ms: float


@contextmanager
def listening(topics: Sequence[str]) -> Iterator[Listener]:
    """Listen to some topics of masks while ROS runs in this process."""
    rclpy.init()
    try:
        yield Listener(rclpy.create_node('listener'), topics)
    finally:
        rclpy.try_shutdown()


class Listener:
    """
    Note the masks of some topics.

    :param node: The node to subscribe with.
    """

    def __init__(self, node: rclpy.node.Node, topics: Sequence[str]) -> None:
        self.arrivals: dict[str, list[Arrival]] = {topic: [] for topic in topics}
        self._node = node
        for topic, arrivals in self.arrivals.items():
            note = partial(self._note, arrivals)
            # Raw: what is measured should not share its cores with the making of messages.
            node.create_subscription(Image, topic, note, QoSProfile(depth=_DEPTH), raw=True)

    def listen(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Take masks for so long, or until something has happened."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0 and not until():
            rclpy.spin_once(self._node, timeout_sec=min(left_s, 0.1))

    def has_all(self) -> bool:
        """Whether every topic has had a mask."""
        return all(self.arrivals.values())

    def forget(self) -> None:
        """Forget what has arrived."""
        for arrivals in self.arrivals.values():
            arrivals.clear()

    @staticmethod
    def _note(arrivals: list[Arrival], data: bytes) -> None:
        sec, nanosec = _STAMP.unpack_from(data, _AFTER_CDR)
        age_ns = time.time_ns() - (sec * NS_PER_S + nanosec)
        arrivals.append(Arrival(time.monotonic(), age_ns / _NS_PER_MS))


def percentiles(arrivals: Sequence[Arrival]) -> dict[str, float]:
    """Summarise latencies, in ms; nothing of nothing."""
    latencies = [arrival.latency_ms for arrival in arrivals]
    shares = {'p50': 50, 'p95': 95, 'p99': 99, 'max': 100} if latencies else {}
    return {name: round(float(np.percentile(latencies, q)), 2) for name, q in shares.items()}
