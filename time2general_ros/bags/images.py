"""Camera frames out of bags, and image messages into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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

from time2general_ros.bags.reader import BagReader, CorruptMessageError, deserialize
from time2general_ros.bags.storage import RawMessage
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.encode import mono8_fields
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE
from time2general_ros.messages.stamps import split_stamp, stamp_ns
from time2general_ros.streaming.frame import Frame


@dataclass(frozen=True)
class BagFrame:
    """A camera frame and when it was recorded."""

    log_time_ns: int
    frame: Frame


@dataclass(frozen=True)
class BadFrame:
    """
    A message that holds no usable image.

    :param reason: Key of :class:`BadImageError`, or ``corrupt`` if the bytes are no message.
    :param message: What was wrong, and the remedy.
    """

    log_time_ns: int
    reason: str
    message: str


def read_frames(
    reader: BagReader, topic: str, image_bits: int = WHOLE_SAMPLE
) -> Iterator[BagFrame | BadFrame]:
    """
    Read every image of a topic, in order; unusable ones are told, not skipped.

    :param topic: An image topic of the bag; it becomes the camera's key.
    :param image_bits: In use of each 16-bit sample; see :func:`~.messages.decode.decode`.
    :raises BagError: if the topic does not exist.
    """
    for raw in reader.raw_messages(topic):
        try:
            yield BagFrame(raw.log_time_ns, _to_frame(raw, image_bits))
        except BadImageError as error:
            yield BadFrame(raw.log_time_ns, error.reason, str(error))
        except CorruptMessageError as error:
            yield BadFrame(raw.log_time_ns, 'corrupt', str(error))


def _to_frame(raw: RawMessage, image_bits: int) -> Frame:
    message = deserialize(raw)
    return Frame(
        image=decode(message, image_bits),
        stamp_ns=stamp_ns(message.header),
        frame_id=message.header.frame_id,
        camera=raw.topic,
    )


def mono8_message(image: npt.NDArray[np.uint8], stamp_ns: int, frame_id: str) -> Image:
    """
    Make a ``sensor_msgs/msg/Image``.

    :param image: Class ids or confidences, uint8 [H, W].
    """
    fields = mono8_fields(image)
    return Image(
        header=_header(stamp_ns, frame_id),
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
        header=_header(stamp_ns, frame_id), format=kind, data=np.frombuffer(data, np.uint8)
    )


def _header(stamp_ns: int, frame_id: str) -> Header:
    sec, nanosec = split_stamp(stamp_ns)
    return Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)
