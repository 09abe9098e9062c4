"""
Foxglove's image messages (https://docs.foxglove.dev/docs/sdk/schemas) as those of ROS 2.

Each of them says the same in protobuf, JSON, and as a ROS message of ``foxglove_msgs``.
"""

from __future__ import annotations

from array import array
from base64 import b64decode
from collections.abc import Callable, Mapping
import json
from typing import Any

from rosbags.typesys import get_types_from_msg
from rosbags.typesys.store import Typestore

from time2general_ros.bags.image_messages import compressed_message, image_message
from time2general_ros.bags.protobuf import read_fields, signed
from time2general_ros.messages.stamps import NS_PER_S

COMPRESSED = 'foxglove.CompressedImage'
RAW = 'foxglove.RawImage'
NAMES = frozenset({COMPRESSED, RAW})
ROS_NAMES = {
    'foxglove_msgs/msg/CompressedImage': COMPRESSED,
    'foxglove_msgs/msg/RawImage': RAW,
}
_DEFINITIONS = {
    'foxglove_msgs/msg/CompressedImage': (
        'builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format\n'
    ),
    'foxglove_msgs/msg/RawImage': (
        'builtin_interfaces/Time timestamp\nstring frame_id\nuint32 width\nuint32 height\n'
        'string encoding\nuint32 step\nuint8[] data\n'
    ),
}
# By field number.
_FIELDS = {
    COMPRESSED: {1: 'timestamp', 2: 'data', 3: 'format', 4: 'frame_id'},
    RAW: {
        1: 'timestamp',
        2: 'width',
        3: 'height',
        4: 'encoding',
        5: 'step',
        6: 'data',
        7: 'frame_id',
    },
}
_TEXTS = {'frame_id', 'format', 'encoding'}


def register(store: Typestore) -> None:
    """Add the types of ``foxglove_msgs`` to those that are known."""
    for name, definition in _DEFINITIONS.items():
        store.register(get_types_from_msg(definition, name))


def from_protobuf(data: bytes, name: str) -> Any:
    """
    Read a message in protobuf.

    :param name: One of :data:`NAMES`.
    :returns: ``sensor_msgs/msg/Image`` or ``CompressedImage``.
    :raises ValueError: if the bytes are damaged.
    """
    numbers = _FIELDS[name]
    fields = {numbers[n]: value for n, value in read_fields(data).items() if n in numbers}
    for text in _TEXTS & fields.keys():
        fields[text] = fields[text].decode()
    stamp = read_fields(fields.pop('timestamp', b''))
    return _MAKERS[name](fields, signed(stamp.get(1, 0)), signed(stamp.get(2, 0)))


def from_json(data: bytes, name: str) -> Any:
    """
    Read a message in JSON; see :func:`from_protobuf`.

    :raises ValueError: if the text is damaged.
    """
    try:
        fields = json.loads(data)
        stamp = fields.get('timestamp', {})
        fields['data'] = b64decode(fields.get('data', ''), validate=True)
        seconds, nanoseconds = int(stamp.get('sec', 0)), int(stamp.get('nsec', 0))
    except (AttributeError, TypeError) as error:
        raise ValueError(f'no {name}: {error}') from error
    return _MAKERS[name](fields, seconds, nanoseconds)


def from_ros(message: Any, msgtype: str) -> Any:
    """
    Read a message of ``foxglove_msgs``; see :func:`from_protobuf`.

    :param msgtype: One of :data:`ROS_NAMES`.
    """
    stamp = message.timestamp
    return _MAKERS[ROS_NAMES[msgtype]](vars(message), stamp.sec, stamp.nanosec)


def _compressed(fields: Mapping[str, Any], sec: int, nanosec: int) -> Any:
    return compressed_message(
        bytes(fields.get('data', b'')),
        fields.get('format', ''),
        sec * NS_PER_S + nanosec,
        fields.get('frame_id', ''),
    )


def _raw(fields: Mapping[str, Any], sec: int, nanosec: int) -> Any:
    return image_message(
        {
            'width': fields.get('width', 0),
            'height': fields.get('height', 0),
            'encoding': fields.get('encoding', ''),
            'is_bigendian': 0,
            'step': fields.get('step', 0),
            'data': array('B', bytes(fields.get('data', b''))),
        },
        sec * NS_PER_S + nanosec,
        fields.get('frame_id', ''),
    )


_MAKERS: dict[str, Callable[[Mapping[str, Any], int, int], Any]] = {
    COMPRESSED: _compressed,
    RAW: _raw,
}
