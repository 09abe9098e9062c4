"""The message types that bags are read and written with."""

from __future__ import annotations

from functools import lru_cache

from rosbags.typesys import Stores, get_typestore
from rosbags.typesys.store import Typestore

from time2general_ros.bags import foxglove, label_info, video_packets
from time2general_ros.bags.channel import CDR, Channel

# What drivers latch, where a bag does not say it.
_LATCHED = {'/tf_static', '/map', '/robot_description'}


@lru_cache
def load_typestore() -> Typestore:
    """
    Load the types of ROS 2 Jazzy, those of images elsewhere, and ``vision_msgs/LabelInfo``.

    The types of ``sensor_msgs`` are the same on the wire in every ROS 2 distribution.
    """
    store = _with_images(Stores.ROS2_JAZZY)
    label_info.register(store)
    return store


@lru_cache
def load_ros1_typestore() -> Typestore:
    """Load the message types of ROS 1 Noetic, named as in ROS 2."""
    return _with_images(Stores.ROS1_NOETIC)


def _with_images(known: Stores) -> Typestore:
    store = get_typestore(known)
    foxglove.register(store)
    video_packets.register(store)
    return store


def known_channel(topic: str, msgtype: str, encoding: str) -> Channel | None:
    """Describe a topic by the name of its type; None if that is not known."""
    store = load_typestore() if encoding == CDR else load_ros1_typestore()
    if encoding not in (CDR, 'ros1') or msgtype not in store.types:
        return None
    schema = None
    if encoding != CDR:
        text, _ = store.generate_msgdef(msgtype, ros_version=1)
        schema = 'ros1msg', text.encode()
    return Channel(topic, msgtype, encoding, topic in _LATCHED, schema)
