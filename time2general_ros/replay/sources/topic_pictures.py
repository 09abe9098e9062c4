"""The images of one topic of a bag that a replay wants, in order of their messages."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from time2general_ros.bags.images import BadFrame, BagFrame, TopicImages
from time2general_ros.replay.sources.source import Picture
from time2general_ros.streaming.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from time2general_ros.bags.storages.storage import RawMessage


class TopicPictures:
    """The images of one topic that somebody wants, as they come out of its decoder."""

    def __init__(self, topic: str, image_bits: int) -> None:
        self._topic = topic
        self._images = TopicImages(image_bits)
        self._count = 0
        self._wanted: set[int] = set()

    def take(self, raw: RawMessage, wanted: bool, *, is_skipped: bool) -> Iterator[Picture | None]:
        """
        Take the next message.

        :param is_skipped: Whether None will do in place of an image that needs no decoding.
        """
        number = self._count
        self._count += 1
        is_decoded = wanted and not is_skipped
        if wanted:
            self._wanted.add(number)
        began = perf_counter()
        found = list(self._images.take(raw, wanted=is_decoded))
        decode_ms = 1e3 * (perf_counter() - began)
        yield from self._pictures(found, decode_ms)
        if wanted and is_skipped and not self._images.is_video and number in self._wanted:
            self._wanted.discard(number)
            yield None

    def rest(self) -> Iterator[Picture]:
        """Give what is still to come out after the last message."""
        yield from self._pictures(list(self._images.rest()), 0.0)

    def _pictures(self, found: list[BagFrame | BadFrame], decode_ms: float) -> Iterator[Picture]:
        for item in found:
            if item.number not in self._wanted:
                continue
            self._wanted.discard(item.number)
            if isinstance(item, BagFrame):
                yield Picture(
                    self._topic,
                    item.number,
                    item.log_time_ns,
                    item.stamp_ns,
                    Frame(item.image, item.stamp_ns, item.frame_id, self._topic),
                    decode_ms=decode_ms,
                )
            else:
                yield Picture(
                    self._topic,
                    item.number,
                    item.log_time_ns,
                    item.stamp_ns,
                    None,
                    (item.reason, item.message),
                    decode_ms=decode_ms,
                )
