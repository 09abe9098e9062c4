"""The names of classes as a ``vision_msgs/LabelInfo``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

TOPIC = 'label_info'
# Every pixel carries its likeliest class, however unlikely: what to trust is up to the reader of
# the confidence image.
THRESHOLD = 0.0


def label_info_message(
    labels: LabelSet, info_type: Callable[..., Any], class_type: Callable[..., Any]
) -> Any:
    """
    Name the classes of a label set in a ``vision_msgs/LabelInfo``.

    Id 255 is not listed: for uint8 masks the message's definition reserves it for unlabelled
    pixels, and a costmap refuses a class that it has no cost for.

    :param info_type: Makes a ``vision_msgs/LabelInfo`` of its fields, without its header.
    :param class_type: Makes a ``vision_msgs/VisionClass`` of its fields.
    """
    classes = [
        class_type(class_id=index, class_name=name) for index, name in enumerate(labels.classes)
    ]
    return info_type(class_map=classes, threshold=THRESHOLD)
