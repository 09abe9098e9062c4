"""How long ago an image was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rclpy.clock import Clock

_NS_PER_MS = 1e6


def stamp_latency_ms(clock: Clock, stamp_ns: int) -> float | None:
    """
    Return the age of a header stamp in milliseconds of the ROS clock.

    Under simulated time it is None: that clock moves in steps and at the speed of the replay, so
    that a difference of two of its times is no latency.
    """
    if getattr(clock, 'ros_time_is_active', False):
        return None
    return (clock.now().nanoseconds - stamp_ns) / _NS_PER_MS
