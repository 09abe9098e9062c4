"""Segmenting every frame of a bag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
import time
from typing import TYPE_CHECKING, Protocol

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.frame_clock import FrameClock
from time2general_ros.bags.image_messages import mono8_message
from time2general_ros.bags.images import BadFrame, BagFrame, read_frames
from time2general_ros.bags.label_info import MSGTYPE as LABEL_INFO
from time2general_ros.bags.label_info import recorded_label_info
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.topic_names import segmentation_topic
from time2general_ros.bags.typestore import load_typestore
from time2general_ros.bags.writer import BagWriter
from time2general_ros.messages.darkness import is_nearly_black
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE
from time2general_ros.messages.label_info import TOPIC as LABEL_INFO_TOPIC
from time2general_ros.streaming.frame import Frame, Segmentation

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet

_IMAGE = 'sensor_msgs/msg/Image'


class FrameSegmenter(Protocol):
    """The part of a segmenter that a replay needs."""

    @property
    def labels(self) -> LabelSet:
        """The classes of the masks."""

    def segment(self, frame: Frame) -> Segmentation:
        """Segment one frame, given those before it."""


@dataclass
class ReplaySummary:
    """
    What became of the messages of a bag.

    :param topic: The image topic that was read.
    :param bad: Messages without a usable image, by reason.
    :param examples: The first message text for each of those reasons.
    :param resets: Times that the clip memory was cleared, by cause.
    :param dark: Frames that are nearly black.
    :param unstamped: Frames for whose memory the log time served, as their stamp was zero or that
        of the frame before; standing: those of them whose log time did not advance either.
    :param damage: What is wrong with the bag itself; None if nothing is.
    :param seconds: Wall-clock time.
    """

    topic: str
    frames_in: int = 0
    frames_out: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    resets: Counter[str] = field(default_factory=Counter)
    dark: int = 0
    unstamped: int = 0
    standing: int = 0
    damage: str | None = None
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every frame that the bag should hold was segmented."""
        return not self.bad and self.damage is None


def replay(
    bag: Path,
    topic: str | None,
    out: Path,
    segmenter: FrameSegmenter,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
    *,
    image_bits: int = WHOLE_SAMPLE,
    overwrite: bool = False,
) -> ReplaySummary:
    """
    Segment every frame of a bag, dropping none, and write masks and confidences.

    The outputs are mono8 images with the stamp, frame_id and size of the input and its log time,
    on ``segmentation/mask`` and ``segmentation/confidence`` beside the image topic, and
    ``segmentation/label_info`` once, with the first of them. The same bag
    gives the same file, byte for byte. Where stamps are missing, see :class:`FrameClock`, log
    times tell the ages of what is remembered; the outputs keep the stamps that there are.

    :param topic: The image topic; None for the only one of the bag.
    :param out: The bag to write, see :class:`BagWriter`.
    :param overwrite: Whether ``out`` may exist; it is replaced at the end.
    :param on_frame: Called after each message with the number done and the number in all.
    :param image_bits: In use of each 16-bit sample; see :func:`~.messages.decode.decode`.
    :raises BagError: if the bag, the topic or the output is unusable; no output is left then.
    """
    started = time.monotonic()
    with BagReader(bag) as reader:
        name = reader.image_topic(topic)
        if out.resolve().is_relative_to(bag.resolve()):
            raise BagError(f'{out} lies in the bag being read; choose another place for it')
        summary = ReplaySummary(name)
        total = reader.topics[name].count
        clock = FrameClock()
        with BagWriter(out, overwrite=overwrite) as writer:
            for item in read_frames(reader, name, image_bits):
                _take(item, summary, clock, segmenter, writer)
                on_frame(summary.frames_in, total)
        summary.damage = reader.damage
    summary.unstamped, summary.standing = clock.missing, clock.standing
    summary.seconds = time.monotonic() - started
    return summary


def _take(
    item: BagFrame | BadFrame,
    summary: ReplaySummary,
    clock: FrameClock,
    segmenter: FrameSegmenter,
    writer: BagWriter,
) -> None:
    summary.frames_in += 1
    if isinstance(item, BadFrame):
        summary.bad[item.reason] += 1
        summary.examples.setdefault(item.reason, item.message)
        return
    summary.dark += is_nearly_black(item.frame.image)
    time_ns = clock.time_ns(item.frame.stamp_ns, item.log_time_ns)
    if not summary.frames_out:
        _name_classes(item, summary.topic, segmenter.labels, writer)
    result = segmenter.segment(replace(item.frame, stamp_ns=time_ns))
    summary.resets.update(result.resets)
    for output, image in (('mask', result.class_ids), ('confidence', result.confidence)):
        message = mono8_message(image, item.frame.stamp_ns, item.frame.frame_id)
        writer.write(segmentation_topic(summary.topic, output), _IMAGE, item.log_time_ns, message)
    summary.frames_out += 1


def _name_classes(first: BagFrame, image_topic: str, labels: LabelSet, writer: BagWriter) -> None:
    topic = segmentation_topic(image_topic, LABEL_INFO_TOPIC)
    message = recorded_label_info(load_typestore(), labels, first.frame.stamp_ns)
    writer.write(topic, LABEL_INFO, first.log_time_ns, message, latched=True)
