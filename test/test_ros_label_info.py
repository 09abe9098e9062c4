from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rclpy.node import Node
from ros_harness import Peer, ros_context
from std_msgs.msg import Header, String

from time2general_ros.labels.files import load_label_set
from time2general_ros.ros.cameras.label_info import (
    label_info_message,
    label_info_publisher,
    label_info_qos,
)

CITYSCAPES = load_label_set('cityscapes19')


class VisionClass:
    """Takes the fields of vision_msgs/VisionClass, and no others."""

    def __init__(self, *, class_id: int = 0, class_name: str = '') -> None:
        assert type(class_id) is int
        assert 0 <= class_id <= np.iinfo(np.uint16).max
        assert type(class_name) is str
        self.class_id, self.class_name = class_id, class_name


class LabelInfo:
    """Takes the fields of vision_msgs/LabelInfo, and no others."""

    def __init__(
        self, *, header: Any = None, class_map: list[VisionClass], threshold: float = -1.0
    ) -> None:
        assert type(threshold) is float
        self.header, self.class_map, self.threshold = header or Header(), class_map, threshold


@pytest.mark.parametrize('name', ['cityscapes19', 'camvid11'])
def test_the_message_names_every_class_of_the_masks(name: str) -> None:
    labels = load_label_set(name)
    message = label_info_message(labels, LabelInfo, VisionClass)
    found = [(entry.class_id, entry.class_name) for entry in message.class_map]
    assert found == list(enumerate(labels.classes))


def test_no_pixel_is_left_out_for_its_confidence() -> None:
    message = label_info_message(CITYSCAPES, LabelInfo, VisionClass)
    assert message.threshold == 0.0


def test_a_late_subscriber_gets_what_was_published_before() -> None:
    with ros_context() as context, ros_context() as other:
        node = Node('early', context=context)
        publisher = node.create_publisher(String, 'latched', label_info_qos())
        publisher.publish(String(data='first'))
        publisher.publish(String(data='last'))
        late = Peer(other, namespace='/')
        late.listen('latched', String)
        late.wait(lambda: bool(late.received['latched']), 'the latched message')
        assert [message.data for message in late.received['latched']] == ['last']
        late.close()
        node.destroy_node()


def test_without_vision_msgs_there_is_no_topic() -> None:
    try:
        import vision_msgs  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip('vision_msgs is installed')
    with ros_context() as context:
        node = Node('early', context=context)
        assert label_info_publisher(node, '', CITYSCAPES) is None
        assert not node.count_publishers('/label_info')
        node.destroy_node()


def test_label_info_is_latched_beside_the_mask() -> None:
    vision_msgs = pytest.importorskip(
        'vision_msgs.msg', reason='ROS 2 (vision_msgs) is not installed'
    )
    with ros_context() as context, ros_context() as other:
        node = Node('early', namespace='/car', context=context)
        publisher = label_info_publisher(node, 'front/segmentation/', CITYSCAPES)
        assert publisher is not None
        late = Peer(other, namespace='/car')
        topic = 'front/segmentation/label_info'
        late.listen(topic, vision_msgs.LabelInfo)
        late.wait(lambda: bool(late.received[topic]), 'label_info')
        message = late.received[topic][-1]
        names = {entry.class_id: entry.class_name for entry in message.class_map}
        assert names == dict(enumerate(CITYSCAPES.classes))
        assert message.header.stamp.sec > 0
        late.close()
        node.destroy_node()
