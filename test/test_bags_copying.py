"""Topics of types that nobody knows, taken from bag to bag."""

from __future__ import annotations

from bag_forms import ROS1, ros1
from bag_samples import COMPRESSED, stamp
from mcap.writer import Writer
import pytest
from rosbags.rosbag1 import Writer as Ros1Writer

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter

KIND, TEXT = 'my_msgs/msg/Thing', b'uint8 what\n'
QOS = {'offered_qos_profiles': '- durability: transient_local'}


def write_thing(path):
    with path.open('wb') as file:
        writer = Writer(file)
        writer.start(profile='ros2')
        schema = writer.register_schema(KIND, 'ros2msg', TEXT)
        channel = writer.register_channel('/thing', 'cdr', schema, QOS)
        for index in range(3):
            writer.add_message(channel, stamp(index), b'\0\1\0\0' + bytes([index]), stamp(index))
        writer.finish()
    return path


@pytest.mark.parametrize('name', ['out.mcap', 'out'])
def test_a_type_is_defined_by_the_bag_itself(tmp_path, name):
    bag = write_thing(tmp_path / 'in.mcap')
    with BagReader(bag) as reader, BagWriter(tmp_path / name) as writer:
        channel = reader.channel('/thing')
        assert (channel.msgtype, channel.schema) == (KIND, ('ros2msg', TEXT))
        writer.declare(channel)
        for raw in reader.raw_messages('/thing'):
            writer.write_raw(raw.topic, raw.msgtype, raw.log_time_ns, raw.data)
        copied = list(reader.raw_messages('/thing'))
    with BagReader(tmp_path / name) as reader:
        assert list(reader.raw_messages('/thing')) == copied
        assert reader.channel('/thing').schema == ('ros2msg', TEXT)
        if name == 'out.mcap':
            assert reader.channel('/thing').metadata == QOS


def test_a_type_that_is_defined_nowhere_is_refused(tmp_path):
    bag = tmp_path / 'in.mcap'
    with bag.open('wb') as file:
        writer = Writer(file)
        writer.start()
        schema = writer.register_schema(KIND, '', b'')
        channel = writer.register_channel('/thing', 'cdr', schema)
        writer.add_message(channel, stamp(0), b'\0\1\0\0\0', stamp(0))
        writer.finish()
    with (
        BagReader(bag) as reader,
        pytest.raises(BagError, match='my_msgs/msg/Thing, which is not'),
    ):
        reader.channel('/thing')


def test_messages_of_ros_1_are_copied_with_their_definition(tmp_path):
    path = tmp_path / 'in.bag'
    with Ros1Writer(path) as writer:
        connection = writer.add_connection('/image', COMPRESSED, typestore=ROS1)
        writer.write(connection, stamp(0), ros1(0))
    with BagReader(path) as reader, BagWriter(tmp_path / 'out.mcap') as writer:
        writer.declare(reader.channel('/image'))
        (raw,) = reader.raw_messages('/image')
        writer.write_raw(raw.topic, raw.msgtype, raw.log_time_ns, raw.data)
    with BagReader(tmp_path / 'out.mcap') as reader:
        (copied,) = reader.raw_messages('/image')
        assert copied == raw
        (message,) = reader.messages('/image')
        assert message.message.format == 'jpeg'
    with (
        BagReader(path) as reader,
        BagWriter(tmp_path / 'out') as writer,
        pytest.raises(BagError, match=r'encoded in ros1, which only NAME\.mcap can hold'),
    ):
        writer.declare(reader.channel('/image'))
