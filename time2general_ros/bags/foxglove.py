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
from time2general_ros.bags.video_packets import packet
from time2general_ros.messages.encode import ImageFields
from time2general_ros.messages.stamps import NS_PER_S

COMPRESSED = 'foxglove.CompressedImage'
RAW = 'foxglove.RawImage'
VIDEO = 'foxglove.CompressedVideo'
NAMES = frozenset({COMPRESSED, RAW, VIDEO})
ROS_NAMES = {
    'foxglove_msgs/msg/CompressedVideo': VIDEO,
    'foxglove_msgs/msg/CompressedImage': COMPRESSED,
    'foxglove_msgs/msg/RawImage': RAW,
}
_PACKED = 'builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format\n'
_DEFINITIONS = {
    'foxglove_msgs/msg/CompressedImage': _PACKED,
    'foxglove_msgs/msg/CompressedVideo': _PACKED,
    'foxglove_msgs/msg/RawImage': (
        'builtin_interfaces/Time timestamp\nstring frame_id\nuint32 width\nuint32 height\n'
        'string encoding\nuint32 step\nuint8[] data\n'
    ),
}
# By field number.
_FIELDS = {
    COMPRESSED: {1: 'timestamp', 2: 'data', 3: 'format', 4: 'frame_id'},
    VIDEO: {1: 'timestamp', 2: 'frame_id', 3: 'data', 4: 'format'},
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
    :returns: ``sensor_msgs/msg/Image`` or ``CompressedImage``, or a :class:`VideoPacket`.
    :raises ValueError: if the bytes are damaged.
    """
    numbers = _FIELDS[name]
    fields = {numbers[n]: value for n, value in read_fields(data).items() if n in numbers}
    for text in _TEXTS & fields.keys():
        fields[text] = fields[text].decode()
    stamp = read_fields(fields.pop('timestamp', b''))
    return _MAKERS[name](fields, signed(stamp.get(1, 0)) * NS_PER_S + signed(stamp.get(2, 0)))


def from_json(data: bytes, name: str) -> Any:
    """
    Read a message in JSON; see :func:`from_protobuf`.

    :raises ValueError: if the text is damaged.
    """
    try:
        fields = json.loads(data)
        stamp = fields.get('timestamp', {})
        fields['data'] = b64decode(fields.get('data', ''), validate=True)
        stamp_ns = int(stamp.get('sec', 0)) * NS_PER_S + int(stamp.get('nsec', 0))
    except (AttributeError, TypeError) as error:
        raise ValueError(f'no {name}: {error}') from error
    return _MAKERS[name](fields, stamp_ns)


def from_ros(message: Any, msgtype: str) -> Any:
    """
    Read a message of ``foxglove_msgs``; see :func:`from_protobuf`.

    :param msgtype: One of :data:`ROS_NAMES`.
    """
    stamp = message.timestamp
    return _MAKERS[ROS_NAMES[msgtype]](vars(message), stamp.sec * NS_PER_S + stamp.nanosec)


def _compressed(fields: Mapping[str, Any], stamp_ns: int) -> Any:
    data, kind = _bytes(fields), _text(fields, 'format')
    return compressed_message(data, kind, stamp_ns, _text(fields, 'frame_id'))


def _video(fields: Mapping[str, Any], stamp_ns: int) -> Any:
    return packet(_bytes(fields), _text(fields, 'format'), stamp_ns, _text(fields, 'frame_id'))


def _raw(fields: Mapping[str, Any], stamp_ns: int) -> Any:
    image: ImageFields = {
        'width': _size(fields, 'width'),
        'height': _size(fields, 'height'),
        'encoding': _text(fields, 'encoding'),
        'is_bigendian': 0,
        'step': _size(fields, 'step'),
        'data': array('B', _bytes(fields)),
    }
    return image_message(image, stamp_ns, _text(fields, 'frame_id'))


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name, '')
    if not isinstance(text, str):
        raise ValueError(f'its {name} is no text')
    text.encode()  # what comes from JSON may not be Unicode
    return text


def _size(fields: Mapping[str, Any], name: str) -> int:
    size = fields.get(name, 0)
    if not (isinstance(size, int) and 0 <= size < 1 << 32):
        raise ValueError(f'its {name} is {size!r}')
    return size


def _bytes(fields: Mapping[str, Any]) -> bytes:
    return bytes(fields.get('data', b''))


_MAKERS: dict[str, Callable[[Mapping[str, Any], int], Any]] = {
    COMPRESSED: _compressed,
    RAW: _raw,
    VIDEO: _video,
}
