"""The names of the classes in a bag, for whoever reads its masks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rosbags.typesys import get_types_from_msg
from rosbags.typesys.store import Typestore

from time2general_ros.bags.image_messages import header
from time2general_ros.messages.label_info import label_info_message

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

MSGTYPE = 'vision_msgs/msg/LabelInfo'
_CLASS = 'vision_msgs/msg/VisionClass'
# As in vision_msgs, which need not be installed.
_DEFINITIONS = {
    _CLASS: 'uint16 class_id\nstring class_name\n',
    MSGTYPE: ('std_msgs/Header header\nvision_msgs/VisionClass[] class_map\nfloat32 threshold\n'),
}


def register(store: Typestore) -> None:
    """Add the types of ``vision_msgs`` that are written to those that are known."""
    for name, definition in _DEFINITIONS.items():
        store.register(get_types_from_msg(definition, name))


def recorded_label_info(store: Typestore, labels: LabelSet, stamp_ns: int) -> Any:
    """
    Make the message that the node publishes, as ``rosbags`` has it.

    :param stamp_ns: Stamp of its header.
    """
    info_type = partial(store.types[MSGTYPE], header=header(stamp_ns, ''))
    return label_info_message(labels, info_type, store.types[_CLASS])
