"""Recorded bytes to messages, in every encoding that is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from time2general_ros.bags import foxglove, video_packets
from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.channel import CDR
from time2general_ros.bags.storages import zstd
from time2general_ros.bags.storages.storage import ROS1, RawMessage, TopicInfo
from time2general_ros.bags.typestore import load_ros1_typestore, load_typestore
from time2general_ros.messages.bad_image import BadImageError

_ROS_IMAGES = frozenset({'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'})
# Message types by encoding.
IMAGE_TYPES = {
    CDR: _ROS_IMAGES | foxglove.ROS_NAMES.keys() | {video_packets.FFMPEG},
    ROS1: _ROS_IMAGES | foxglove.ROS_NAMES.keys() | {video_packets.FFMPEG},
    'protobuf': foxglove.NAMES,
    'json': foxglove.NAMES,
}
VIDEO_TYPES = frozenset(
    {
        video_packets.FFMPEG,
        foxglove.VIDEO,
        *(name for name, kind in foxglove.ROS_NAMES.items() if kind == foxglove.VIDEO),
    }
)
READ = (
    'read are the types sensor_msgs/msg/Image and CompressedImage, foxglove_msgs/msg/RawImage, '
    'CompressedImage and CompressedVideo and ffmpeg_image_transport_msgs/msg/FFMPEGPacket of '
    'ROS 2 and ROS 1, and those of Foxglove in protobuf or json'
)


class CorruptMessageError(BagError):
    """The bytes of one message do not fit its type."""


def is_image(info: TopicInfo) -> bool:
    """Tell whether the messages of a topic are images that are read."""
    return _is_image_type(info.msgtype, info.encoding)


def deserialize(raw: RawMessage) -> Any:
    """
    Deserialise one message.

    :returns: A message of ``rosbags``; images of Foxglove as those of ``sensor_msgs``, video as
        :class:`VideoPacket`.
    :raises BagError: if its type or its encoding is not known.
    :raises CorruptMessageError: if its bytes do not fit the type.
    """
    if raw.encoding not in _READERS:
        raise BagError(f'{raw.topic} is encoded in {raw.encoding!r}, which is not read; {READ}')
    try:
        return _READERS[raw.encoding](raw)
    except BagError:
        raise
    except Exception as error:  # the generated code raises whatever the bytes provoke
        raise CorruptMessageError(
            f'a message of {raw.topic} at {raw.log_time_ns} ns is corrupt: {error}'
        ) from error


def deserialize_image(raw: RawMessage) -> Any:
    """
    Deserialise one message of an image topic, on which other types may lie too.

    :raises BadImageError: ``type`` if it is no image.
    :raises CorruptMessageError: if its bytes do not fit the type.
    """
    if not _is_image_type(raw.msgtype, raw.encoding):
        raise BadImageError(
            'type',
            f'a message of {raw.topic} at {raw.log_time_ns} ns has the type '
            f'{raw.msgtype or "none"}, which is no image; record it on a topic of its own',
        )
    return deserialize(raw)


def _is_image_type(msgtype: str, encoding: str) -> bool:
    return msgtype in IMAGE_TYPES.get(encoding, ())


def _unknown(raw: RawMessage) -> BagError:
    kind = raw.msgtype or 'no type'
    return BagError(f'{raw.topic} has the type {kind}, which is not known; leave it out')


def _cdr(raw: RawMessage) -> Any:
    store = load_typestore()
    if raw.msgtype not in store.types:
        raise _unknown(raw)
    # rosbag2 compresses message by message without a word in the file itself; no CDR begins so.
    is_packed = raw.data.startswith(zstd.MAGIC)
    data = zstd.unzstd_bytes(raw.data) if is_packed else raw.data
    return _plain(store.deserialize_cdr(data, raw.msgtype), raw.msgtype)


def _ros1(raw: RawMessage) -> Any:
    store = load_ros1_typestore()
    if raw.msgtype not in store.types:
        raise _unknown(raw)
    return _plain(store.deserialize_ros1(raw.data, raw.msgtype), raw.msgtype)


def _plain(message: Any, msgtype: str) -> Any:
    if msgtype == video_packets.FFMPEG:
        return video_packets.from_ffmpeg(message)
    return foxglove.from_ros(message, msgtype) if msgtype in foxglove.ROS_NAMES else message


def _protobuf(raw: RawMessage) -> Any:
    if raw.msgtype not in foxglove.NAMES:
        raise _unknown(raw)
    return foxglove.from_protobuf(raw.data, raw.msgtype)


def _json(raw: RawMessage) -> Any:
    if raw.msgtype not in foxglove.NAMES:
        raise _unknown(raw)
    return foxglove.from_json(raw.data, raw.msgtype)


_READERS: dict[str, Callable[[RawMessage], Any]] = {
    CDR: _cdr,
    ROS1: _ros1,
    'protobuf': _protobuf,
    'json': _json,
}
