"""The same few images in every form that recorders write."""

from __future__ import annotations

from base64 import b64encode
import json
from pathlib import Path
import shutil
import struct

from bag_samples import COMPRESSED, noise, stamp
import cv2
from mcap.writer import CompressionType
from mcap.writer import Writer as McapWriter
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.typestore import load_typestore

TOPIC = '/camera/image_raw/compressed'
ROS1 = get_typestore(Stores.ROS1_NOETIC)


def jpeg(index: int) -> bytes:
    return cv2.imencode('.jpg', cv2.resize(noise(index)[:6, :8], (64, 48)))[1].tobytes()


def cdr(index: int) -> bytes:
    message = compressed_message(jpeg(index), 'jpeg', stamp(index), 'front')
    return bytes(load_typestore().serialize_cdr(message, COMPRESSED))


def ros1(index: int) -> bytes:
    sec, nanosec = divmod(stamp(index), 10**9)
    types = ROS1.types
    time = types['builtin_interfaces/msg/Time'](sec=sec, nanosec=nanosec)
    header = types['std_msgs/msg/Header'](seq=index, stamp=time, frame_id='front')
    data = compressed_message(jpeg(index), 'jpeg', 0, '').data
    image = types[COMPRESSED](header=header, format='jpeg', data=data)
    return bytes(ROS1.serialize_ros1(image, COMPRESSED))


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def protobuf_stamp(index: int) -> bytes:
    sec, nanosec = divmod(stamp(index), 10**9)
    return _field(1, b'\x08' + _varint(sec) + b'\x10' + _varint(nanosec))


def protobuf(index: int) -> bytes:
    texts = _field(3, b'jpeg') + _field(4, b'front')
    return protobuf_stamp(index) + _field(2, jpeg(index)) + texts


def protobuf_raw(index: int) -> bytes:
    sizes = b'\x15' + struct.pack('<I', 64) + b'\x1d' + struct.pack('<I', 48)
    step = b'\x2d' + struct.pack('<I', 64)
    pixels = _field(6, noise(index).tobytes())
    texts = _field(4, b'mono8') + _field(7, b'front')
    return protobuf_stamp(index) + sizes + step + texts + pixels


def in_json(index: int) -> bytes:
    sec, nanosec = divmod(stamp(index), 10**9)
    return json.dumps(
        {
            'timestamp': {'sec': sec, 'nsec': nanosec},
            'frame_id': 'front',
            'data': b64encode(jpeg(index)).decode(),
            'format': 'jpeg',
        }
    ).encode()


def foxglove_cdr(index: int) -> bytes:
    store = load_typestore()
    kind = 'foxglove_msgs/msg/CompressedImage'
    message = compressed_message(jpeg(index), 'jpeg', stamp(index), 'front')
    twin = store.types[kind](
        timestamp=message.header.stamp, frame_id='front', data=message.data, format='jpeg'
    )
    return bytes(store.serialize_cdr(twin, kind))


# Name of the schema, its encoding, that of messages, and what makes one.
MCAP_FORMS = {
    'ros2': ('sensor_msgs/msg/CompressedImage', 'ros2msg', 'cdr', cdr),
    'ros1': ('sensor_msgs/CompressedImage', 'ros1msg', 'ros1', ros1),
    'protobuf': ('foxglove.CompressedImage', 'protobuf', 'protobuf', protobuf),
    'protobuf raw': ('foxglove.RawImage', 'protobuf', 'protobuf', protobuf_raw),
    'json': ('foxglove.CompressedImage', 'jsonschema', 'json', in_json),
    'twin': ('foxglove_msgs/msg/CompressedImage', 'ros2msg', 'cdr', foxglove_cdr),
}


def write_mcap(
    path: Path,
    form: str | tuple = 'ros2',
    count: int = 6,
    compression: CompressionType = CompressionType.ZSTD,
    profile: str = '',
    **options: object,
) -> Path:
    """Write what is no rosbag2, or what ``rosbags`` cannot write."""
    name, schema_encoding, encoding, make = MCAP_FORMS[form] if isinstance(form, str) else form
    with path.open('wb') as file:
        writer = McapWriter(file, compression=compression, **options)
        writer.start(profile=profile)
        schema = writer.register_schema(name, schema_encoding, b'') if name else 0
        channel = writer.register_channel(TOPIC, encoding, schema)
        for index in range(count):
            writer.add_message(channel, stamp(index), make(index), stamp(index))
        writer.finish()
    return path


def write_ros1_bag(path: Path, compression: str | None = None, count: int = 6) -> Path:
    writer = Ros1Writer(path)
    if compression:
        writer.set_compression(Ros1Writer.CompressionFormat[compression])
    with writer:
        connection = writer.add_connection(TOPIC, COMPRESSED, typestore=ROS1)
        for index in range(count):
            writer.write(connection, stamp(index), ros1(index))
    return path


def write_rosbag2(
    path: Path, plugin: StoragePlugin, mode: CompressionMode, indices: range = range(6)
) -> Path:
    writer = Writer(path, version=9, storage_plugin=plugin)
    writer.set_compression(mode, CompressionFormat.ZSTD)
    store = load_typestore()
    with writer:
        connection = writer.add_connection(TOPIC, COMPRESSED, typestore=store)
        for index in indices:
            writer.write(connection, stamp(index), cdr(index))
    return path


def write_split(folder: Path, plugin: StoragePlugin, mode: CompressionMode) -> Path:
    """Write six images in two files, as a recorder with a maximum size does."""
    text = ''
    folder.mkdir()
    for part in range(2):
        one = write_rosbag2(
            folder / f'{folder.name}_{part}', plugin, mode, range(3 * part, 3 * part + 3)
        )
        text = text or (one / 'metadata.yaml').read_text().replace(': 3\n', ': 6\n')
        file = next(file for file in one.iterdir() if file.name != 'metadata.yaml')
        file.rename(folder / file.name.replace(one.name, f'x{one.name}'))
        shutil.rmtree(one)
    for file in sorted(folder.iterdir()):
        file.rename(folder / file.name[1:])
    first, second = (file.name for file in sorted(folder.iterdir()))
    text = text.replace(f'- {first}', f'- {first}\n  - {second}', 1)
    (folder / 'metadata.yaml').write_text(text)
    return folder
