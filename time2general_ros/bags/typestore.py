"""The message types that bags are read and written with."""

from __future__ import annotations

from functools import lru_cache

from rosbags.typesys import Stores, get_typestore
from rosbags.typesys.store import Typestore

from time2general_ros.bags import foxglove, label_info


@lru_cache
def load_typestore() -> Typestore:
    """
    Load the message types of ROS 2 Jazzy, those of Foxglove, and ``vision_msgs/LabelInfo``.

    The types of ``sensor_msgs`` are the same on the wire in every ROS 2 distribution.
    """
    store = _with_foxglove(Stores.ROS2_JAZZY)
    label_info.register(store)
    return store


@lru_cache
def load_ros1_typestore() -> Typestore:
    """Load the message types of ROS 1 Noetic, named as in ROS 2."""
    return _with_foxglove(Stores.ROS1_NOETIC)


def _with_foxglove(known: Stores) -> Typestore:
    store = get_typestore(known)
    foxglove.register(store)
    return store
