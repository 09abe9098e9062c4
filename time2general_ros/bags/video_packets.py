"""Packets of compressed video in bags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rosbags.typesys import get_types_from_msg
from rosbags.typesys.store import Typestore

from time2general_ros.bags.image_messages import header

FFMPEG = 'ffmpeg_image_transport_msgs/msg/FFMPEGPacket'
_DEFINITION = (
    'std_msgs/Header header\nint32 width\nint32 height\nstring encoding\nuint64 pts\n'
    'uint8 flags\nbool is_bigendian\nuint8[] data\n'
)


@dataclass(frozen=True)
class VideoPacket:
    """
    One message of a compressed video.

    :param header: As of an image, ``std_msgs/msg/Header``.
    :param codec: As its sender names it.
    :param data: NAL units in Annex B.
    """

    header: Any
    codec: str
    data: bytes


def register(store: Typestore) -> None:
    """Add the type of ``ffmpeg_image_transport`` to those that are known."""
    store.register(get_types_from_msg(_DEFINITION, FFMPEG))


def from_ffmpeg(message: Any) -> VideoPacket:
    """Read a message of ``ffmpeg_image_transport``."""
    return VideoPacket(message.header, message.encoding, bytes(message.data))


def packet(data: bytes, codec: str, stamp_ns: int, frame_id: str) -> VideoPacket:
    """Make a packet of what other messages hold."""
    return VideoPacket(header(stamp_ns, frame_id), codec, data)
