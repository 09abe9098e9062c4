"""What a live node recorded, in place of a model: its masks, its losses and its times."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.bags.images import BagFrame, usable_frames
from time2general_ros.bags.reader import BagReader
from time2general_ros.checksum import files_of, sha256
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.live_diagnostics import MaskClock, live_figures
from time2general_ros.replay.sources.source import Picture
from time2general_ros.streaming.frame import Segmentation, StageTimes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.segmenting import State
    from time2general_ros.replay.sources.source import Copied
    from time2general_ros.streaming.frame import Frame

UNANSWERED = 'unanswered'
_MASK, _CONFIDENCE = '/mask', '/confidence'
# Answers that may have been recorded in another order than their images.
_RECENT = 64
_NOT_TIMED = StageTimes(math.nan, math.nan, math.nan)


class LiveRecording:
    """
    Masks of a bag that a live node's were recorded in, as those of a segmenter.

    Images that were not answered are refused. Memory and times of the node cannot be seen in its
    masks; :attr:`figures` has what it said of itself.

    :param labels: The classes of the masks.
    :raises BagError: if there is no bag.
    :raises ReplayError: if it holds no masks, or those of several cameras.
    """

    def __init__(self, path: Path, labels: LabelSet) -> None:
        self.path, self.labels = path, labels
        with BagReader(path) as reader:
            self._topic = _mask_topic(reader, path)
            frames = usable_frames(reader, self._topic)
            stamps = [(frame.log_time_ns, frame.stamp_ns) for frame in frames]
            log_times_ns, stamps_ns = zip(*stamps, strict=True) if stamps else ((), ())
            self._stamps = frozenset(stamps_ns)
            self.figures = live_figures(reader, MaskClock(log_times_ns, stamps_ns))
        self._answers = self._read()
        self._recent: deque[tuple[BagFrame, BagFrame]] = deque(maxlen=_RECENT)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the recording."""
        return sha256(*files_of(self.path))

    def admit(self, item: Picture | Copied) -> Picture | Copied:
        """Refuse an image that the node did not answer."""
        if not isinstance(item, Picture) or item.frame is None:
            return item
        if item.frame.stamp_ns in self._stamps:
            return item
        told = f'the live node published no mask of the image with the stamp {item.stamp_ns} ns'
        return replace(item, frame=None, refused=(UNANSWERED, told), labels=None)

    def segment(self, frame: Frame) -> Segmentation:
        """
        Look up the answer to a frame.

        :raises ReplayError: if it does not fit.
        """
        mask, confidence = self._answer(frame.stamp_ns)
        if (size := mask.image.shape[:2]) != frame.size:
            raise ReplayError(
                f'the mask of {self.path} with the stamp {frame.stamp_ns} ns is {size}, its '
                f'image {frame.size}: give the bag that was played'
            )
        ids, certain = (np.ascontiguousarray(one.image[..., 0]) for one in (mask, confidence))
        highest = int(ids[ids != UNLABELLED].max(initial=0))
        if highest >= len(self.labels):
            raise ReplayError(
                f'{self.path} holds the class id {highest}, the label set {self.labels.name} ends '
                f'at {len(self.labels) - 1}: name the model that ran with --model'
            )
        return Segmentation(ids, certain, times=_NOT_TIMED)

    def segment_batch(self, frames: Sequence[Frame]) -> list[Segmentation]:
        """Look up the answers to some frames."""
        return [self.segment(frame) for frame in frames]

    def forget(self, camera: str) -> None:
        """Do nothing: the node's memory is past."""

    def export(self, camera: str) -> State:
        """Return nothing: answers are found by their stamps."""
        return {}

    def restore(self, camera: str, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Do nothing."""

    def _answer(self, stamp_ns: int) -> tuple[BagFrame, BagFrame]:
        for answer in self._recent:
            if answer[0].stamp_ns == stamp_ns:
                return answer
        for answer in self._answers:
            self._recent.append(answer)
            if answer[0].stamp_ns == stamp_ns:
                return answer
        raise ReplayError(
            f'the masks of {self.path} are in another order than the images: record them again'
        )

    def _read(self) -> Iterator[tuple[BagFrame, BagFrame]]:
        """Read masks with their confidences, which a lossy recorder may have lost."""
        with BagReader(self.path) as masks, BagReader(self.path) as others:
            certain = usable_frames(others, self._topic.removesuffix(_MASK) + _CONFIDENCE)
            waiting: dict[int, BagFrame] = {}
            for mask in usable_frames(masks, self._topic):
                while mask.stamp_ns not in waiting:
                    confidence = next(certain, None)
                    if confidence is None:
                        raise ReplayError(
                            f'{self.path} has no confidence of the mask with the stamp '
                            f'{mask.stamp_ns} ns: record mask and confidence without losses'
                        )
                    waiting[confidence.stamp_ns] = confidence
                    if len(waiting) > _RECENT:
                        del waiting[next(iter(waiting))]
                yield mask, waiting.pop(mask.stamp_ns)


def _mask_topic(reader: BagReader, path: Path) -> str:
    names = sorted(name for name in reader.topics if name.endswith(_MASK))
    if len(names) == 1:
        return names[0]
    listed = ', '.join(names) or 'none'
    raise ReplayError(
        f'{path} must hold the masks of one camera, and holds: {listed}; record the topics mask, '
        'confidence and /diagnostics of one node with one camera'
    )
