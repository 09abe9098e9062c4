"""Camera frames out of bags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from time2general_ros.bags.deserialize import VIDEO_TYPES, CorruptMessageError, deserialize_image
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.storages.storage import RawMessage
from time2general_ros.bags.video_packets import VideoPacket
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE
from time2general_ros.messages.stamps import stamp_ns
from time2general_ros.messages.video import Decoded, VideoDecoder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LAST_TIME_NS = (1 << 63) - 1


@dataclass(frozen=True)
class BagFrame:
    """
    A camera frame and when it was recorded.

    :param log_time_ns: When that was; stamp_ns: the acquisition, as its header says.
    :param image: RGB, uint8 [H, W, 3].
    :param number: Of its message within the topic, from 0.
    """

    log_time_ns: int
    stamp_ns: int
    frame_id: str
    image: npt.NDArray[np.uint8]
    number: int = 0


@dataclass(frozen=True)
class BadFrame:
    """
    A message that holds no usable image.

    :param reason: Key of :class:`BadImageError`, ``type`` if the message is of a type that is no
        image, ``corrupt`` if the bytes are no message, or ``log_time`` if it was recorded at no
        time that a bag can hold.
    :param message: What was wrong, and the remedy.
    :param number: Of the message within the topic, from 0.
    :param stamp_ns: Of its header; None if that could not be read.
    """

    log_time_ns: int
    reason: str
    message: str
    number: int = 0
    stamp_ns: int | None = None


def read_frames(
    reader: BagReader, topic: str, image_bits: int = WHOLE_SAMPLE
) -> Iterator[BagFrame | BadFrame]:
    """
    Read every image of a topic, in order; unusable ones are told, not skipped.

    :param topic: An image topic of the bag.
    :param image_bits: In use of each 16-bit sample; see :func:`~.messages.decode.decode`.
    :raises BagError: if the topic does not exist.
    """
    images = TopicImages(image_bits)
    for raw in reader.raw_messages(topic):
        yield from images.take(raw)
    yield from images.rest()


def usable_frames(reader: BagReader, topic: str) -> Iterator[BagFrame]:
    """
    Read the images of a topic that can be used, in order.

    :raises BagError: if the topic does not exist.
    """
    return (item for item in read_frames(reader, topic) if isinstance(item, BagFrame))


class TopicImages:
    """
    Decodes the messages of one topic, given in their order.

    :attr:`is_video` tells whether the last one refers to others.

    :param image_bits: In use of each 16-bit sample; see :func:`~.messages.decode.decode`.
    """

    def __init__(self, image_bits: int = WHOLE_SAMPLE) -> None:
        self._image_bits = image_bits
        self._decoder = VideoDecoder()
        self._count = 0
        # Packets whose images have not come out yet, by number.
        self._waiting: dict[int, tuple[RawMessage, VideoPacket]] = {}
        self.is_video = False

    def take(self, raw: RawMessage, *, wanted: bool = True) -> Iterator[BagFrame | BadFrame]:
        """
        Take the next message.

        :param wanted: False if nobody will look at its image: it is decoded only if others need
            it, and comes out only then.
        :returns: The images that are finished, mostly that of the message.
        """
        number = self._count
        self._count += 1
        self.is_video = raw.msgtype in VIDEO_TYPES
        try:
            if not 0 <= raw.log_time_ns <= _LAST_TIME_NS:
                told = f'a message of {raw.topic} has the log time {raw.log_time_ns} ns'
                yield BadFrame(raw.log_time_ns, 'log_time', f'{told}, which is none', number)
            elif wanted or self.is_video:
                yield from self._read(raw, number)
        except CorruptMessageError as error:
            yield BadFrame(raw.log_time_ns, 'corrupt', str(error), number)
        except BadImageError as error:
            yield BadFrame(raw.log_time_ns, error.reason, str(error), number)

    def rest(self) -> Iterator[BagFrame | BadFrame]:
        """Give what is still to come out after the last message."""
        yield from self._finished(self._decoder.flush())
        yield from self._lost('decode', 'the decoder gave no image for the packet')

    def _read(self, raw: RawMessage, number: int) -> Iterator[BagFrame | BadFrame]:
        message = deserialize_image(raw)
        if isinstance(message, VideoPacket):
            yield from self._read_packet(raw, message, number)
            return
        try:
            yield _frame(raw, message.header, decode(message, self._image_bits), number)
        except BadImageError as error:
            yield _bad(raw, message.header, error, number)

    def _read_packet(
        self, raw: RawMessage, packet: VideoPacket, number: int
    ) -> Iterator[BagFrame | BadFrame]:
        self._waiting[number] = raw, packet
        try:
            yield from self._finished(self._decoder.decode(packet.codec, packet.data, number))
        except BadImageError as error:
            self._waiting.pop(number, None)
            yield from self._lost(error.reason, str(error))
            yield _bad(raw, packet.header, error, number)

    def _finished(self, images: list[Decoded]) -> Iterator[BagFrame | BadFrame]:
        for number, image in images:
            if number in self._waiting:
                raw, packet = self._waiting.pop(number)
                try:
                    yield _frame(raw, packet.header, image, number)
                except BadImageError as error:
                    yield _bad(raw, packet.header, error, number)

    def _lost(self, reason: str, message: str) -> Iterator[BadFrame]:
        """Give up the packets that wait for their images."""
        for number, (raw, packet) in self._waiting.items():
            yield _bad(raw, packet.header, BadImageError(reason, message), number)
        self._waiting.clear()


def _frame(raw: RawMessage, header: Any, image: npt.NDArray[np.uint8], number: int) -> BagFrame:
    return BagFrame(raw.log_time_ns, stamp_ns(header), header.frame_id, image, number)


def _bad(raw: RawMessage, header: Any, error: BadImageError, number: int) -> BadFrame:
    try:
        stamp: int | None = stamp_ns(header)
    except BadImageError:
        stamp = None
    return BadFrame(raw.log_time_ns, error.reason, str(error), number, stamp)
