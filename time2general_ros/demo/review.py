"""One pass over a drive and its recorded masks: figures, film and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from time2general_ros.bags.images import BagFrame, read_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.synthesize import IMAGE_TOPIC, TRUTH_TOPIC
from time2general_ros.demo.contact_sheet import SheetRow
from time2general_ros.demo.drive_score import DriveScore, Score
from time2general_ros.demo.live_run import MASK_TOPIC
from time2general_ros.demo.overlay_video import video_file
from time2general_ros.demo.stamped_masks import StampedMasks
from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.overlay import blend_overlay

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.streaming.frame import Segmentation

_ROWS = 5
_ALPHA = 0.5


class FrameSegmenter(Protocol):
    """The part of a segmenter that a review needs."""

    def segment(self, frame: Frame) -> Segmentation:
        """Segment one frame."""


@dataclass(frozen=True)
class Review:
    """
    What came of a drive.

    :param live: Figures of the masks that the node published.
    :param memory_off: Figures of the same frames without memory.
    :param rows: Moments spread over the drive.
    """

    live: Score
    memory_off: Score
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True)
class _Answer:
    """A frame that the node answered; ``time_s`` counts from the start of the drive."""

    index: int
    time_s: float
    frame: Frame
    truth: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]


class DriveReview:
    """
    Score and picture the masks of a drive.

    :param labels: The classes of truth and masks.
    :param memory_off: Segments the same frames without memory, for comparison.
    """

    def __init__(self, labels: LabelSet, memory_off: FrameSegmenter) -> None:
        self._labels = labels
        self._memory_off = memory_off

    def review(
        self,
        drive: Path,
        masks: Path,
        video: Path,
        rate_hz: float,
        on_frame: Callable[[int, int], None] = lambda done, total: None,
    ) -> Review:
        """
        Score the frames that the node answered, and write them as a video with overlay.

        :param drive: Bag with images and truth, as :func:`bags.synthesize.synthesize` writes it.
        :param masks: Bag with the node's masks.
        :param on_frame: Called after each answered frame with its number and the number in all.
        :raises BagError: if a bag or a topic is missing.
        """
        live, off = DriveScore(self._labels.classes), DriveScore(self._labels.classes)
        rows: list[SheetRow] = []
        with ExitStack() as files:
            images, truths, answers = (
                files.enter_context(BagReader(path)) for path in (drive, drive, masks)
            )
            total = images.topics[IMAGE_TOPIC].count
            wanted = _spread(total)
            show: Callable[[npt.NDArray[np.uint8]], None] | None = None
            for answer in _answers(images, truths, answers):
                frame, truth, mask = answer.frame, answer.truth, answer.mask
                show = show or files.enter_context(video_file(video, rate_hz, frame.size))
                show(blend_overlay(frame.image, mask, self._labels.colours, _ALPHA))
                mask_off = self._memory_off.segment(replace(frame, camera='')).class_ids
                flicker, flicker_off = live.add(truth, mask), off.add(truth, mask_off)
                if wanted and answer.index >= wanted[0]:
                    del wanted[0]
                    rows.append(
                        SheetRow(answer.time_s, frame.image, truth, mask, flicker, flicker_off)
                    )
                on_frame(answer.index + 1, total)
        return Review(live.score, off.score, tuple(rows))


def _answers(images: BagReader, truths: BagReader, answers: BagReader) -> Iterator[_Answer]:
    truth_at, mask_at = StampedMasks(truths, TRUTH_TOPIC), StampedMasks(answers, MASK_TOPIC)
    start_ns: int | None = None
    for index, item in enumerate(read_frames(images, IMAGE_TOPIC)):
        if not isinstance(item, BagFrame):
            continue
        stamp_ns = item.stamp_ns
        start_ns = stamp_ns if start_ns is None else start_ns
        truth, mask = truth_at.at(stamp_ns), mask_at.at(stamp_ns)
        if truth is not None and mask is not None:
            frame = Frame(item.image, stamp_ns, item.frame_id, IMAGE_TOPIC)
            yield _Answer(index, (stamp_ns - start_ns) / 1e9, frame, truth, mask)


def _spread(count: int) -> list[int]:
    """Choose the middles of equal parts of a drive."""
    return [count * (2 * row + 1) // (2 * _ROWS) for row in range(_ROWS)]
