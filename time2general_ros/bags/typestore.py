"""The message types that bags are read and written with."""

from __future__ import annotations

from functools import lru_cache

from rosbags.typesys import Stores, get_typestore
from rosbags.typesys.store import Typestore


@lru_cache
def load_typestore() -> Typestore:
    """
    Load the message types of ROS 2 Jazzy.

    The types of ``sensor_msgs`` are the same on the wire in every ROS 2 distribution.
    """
    return get_typestore(Stores.ROS2_JAZZY)
