"""Camera frames out of bags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from time2general_ros.bags.deserialize import CorruptMessageError, deserialize
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.storage import RawMessage
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE
from time2general_ros.messages.stamps import stamp_ns
from time2general_ros.streaming.frame import Frame

_LAST_TIME_NS = (1 << 63) - 1


@dataclass(frozen=True)
class BagFrame:
    """A camera frame and when it was recorded."""

    log_time_ns: int
    frame: Frame


@dataclass(frozen=True)
class BadFrame:
    """
    A message that holds no usable image.

    :param reason: Key of :class:`BadImageError`, ``corrupt`` if the bytes are no message, or
        ``log_time`` if it was recorded at no time that a bag can hold.
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
        if not 0 <= raw.log_time_ns <= _LAST_TIME_NS:
            told = f'a message of {topic} has the log time {raw.log_time_ns} ns, which is none'
            yield BadFrame(raw.log_time_ns, 'log_time', told)
            continue
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
