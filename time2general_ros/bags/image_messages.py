"""Image messages as ``rosbags`` has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rosbags.typesys.stores.ros2_jazzy import (
    builtin_interfaces__msg__Time as Time,
)
from rosbags.typesys.stores.ros2_jazzy import (
    sensor_msgs__msg__CompressedImage as CompressedImage,
)
from rosbags.typesys.stores.ros2_jazzy import (
    sensor_msgs__msg__Image as Image,
)
from rosbags.typesys.stores.ros2_jazzy import (
    std_msgs__msg__Header as Header,
)

from time2general_ros.messages.encode import ImageFields, mono8_fields
from time2general_ros.messages.stamps import split_stamp


def mono8_message(image: npt.NDArray[np.uint8], stamp_ns: int, frame_id: str) -> Image:
    """
    Make a ``sensor_msgs/msg/Image``.

    :param image: Class ids or confidences, uint8 [H, W].
    """
    return image_message(mono8_fields(image), stamp_ns, frame_id)


def image_message(fields: ImageFields, stamp_ns: int, frame_id: str) -> Image:
    """
    Make a ``sensor_msgs/msg/Image``.

    :param fields: All of its fields but the header, ``data`` as bytes.
    """
    return Image(
        header=header(stamp_ns, frame_id),
        height=fields['height'],
        width=fields['width'],
        encoding=fields['encoding'],
        is_bigendian=fields['is_bigendian'],
        step=fields['step'],
        data=np.frombuffer(fields['data'], np.uint8),
    )


def compressed_message(data: bytes, kind: str, stamp_ns: int, frame_id: str) -> CompressedImage:
    """
    Make a ``sensor_msgs/msg/CompressedImage``.

    :param data: A JPEG or PNG file.
    :param kind: ``jpeg`` or ``png``.
    """
    return CompressedImage(
        header=header(stamp_ns, frame_id), format=kind, data=np.frombuffer(data, np.uint8)
    )


def header(stamp_ns: int, frame_id: str) -> Header:
    """Make a ``std_msgs/msg/Header``."""
    sec, nanosec = split_stamp(stamp_ns)
    return Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)
