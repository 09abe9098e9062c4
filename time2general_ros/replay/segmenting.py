"""Pictures in, answers out: memory modes, batches, and times where stamps are missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from time2general_ros.bags.frame_clock import FrameClock
from time2general_ros.replay.sources.source import Picture
from time2general_ros.streaming.frame import Segmentation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.camera import Camera
    from time2general_ros.replay.sources.source import Copied
    from time2general_ros.streaming.frame import Frame

    State = dict[str, npt.NDArray[Any]]


class FrameSegmenter(Protocol):
    """The part of a :class:`~.streaming.segmenter.Segmenter` that a replay needs."""

    @property
    def labels(self) -> LabelSet:
        """The classes of the masks."""

    def segment(self, frame: Frame) -> Segmentation:
        """Segment one frame, given those before it."""

    def segment_batch(self, frames: Sequence[Frame]) -> list[Segmentation]:
        """Segment frames of different cameras."""

    def forget(self, camera: str) -> None:
        """Empty the memory of a camera."""

    def export(self, camera: str) -> State:
        """Copy the memory of a camera."""

    def restore(self, camera: str, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where another segmenter stood."""


@dataclass
class Answered:
    """
    What became of one item.

    :param number: Of the picture within its topic, from 0, among those looked at.
    :param answers: By memory mode, the main one first; empty for what is refused or copied.
    :param time_ns: What memory was told.
    :param rows: Figures of each answer, see :mod:`~.figures.rows`.
    """

    item: Picture | Copied
    number: int = 0
    answers: dict[str, Segmentation] = field(default_factory=dict)
    time_ns: int | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Group:
    """
    Items that went through the engine together.

    :param ends_part: Whether a part of the output ends here; its states are those to go on from.
    """

    items: list[Answered]
    ends_part: bool = False
    states: dict[str, State] = field(default_factory=dict)


def grouped(
    items: Iterable[Picture | Copied], batch: int, part: int | None
) -> Iterator[tuple[list[Picture | Copied], bool]]:
    """
    Collect items for one step: at most one image of each topic.

    What is collected depends on nothing but the order of the items.

    :param batch: Images that one step takes.
    :param part: Images after which a part ends, as the second value tells; None for never.
    """
    group: list[Picture | Copied] = []
    topics: set[str] = set()
    count = 0
    for item in items:
        if isinstance(item, Picture) and item.topic in topics:
            yield group, False
            group, topics = [], set()
        group.append(item)
        if not isinstance(item, Picture):
            continue
        topics.add(item.topic)
        count += 1
        is_full = part is not None and count % part == 0
        if is_full or len(topics) == batch:
            yield group, is_full
            group, topics = [], set()
    if group:
        yield group, False


class Segmenting:
    """
    Segments the pictures of one source in every memory mode.

    :param segmenters: By mode, the main one first.
    :param cameras: By topic.
    :param has_clock: Whether stamps are right by themselves; see :class:`FrameClock`.
    """

    def __init__(
        self,
        segmenters: Mapping[str, FrameSegmenter],
        cameras: Mapping[str, Camera],
        *,
        has_clock: bool,
    ) -> None:
        self._segmenters = segmenters
        self._cameras = cameras
        self._has_clock = has_clock
        self.clocks = {topic: FrameClock() for topic in cameras}
        self._videos = dict.fromkeys(cameras, 0)
        self._numbers = dict.fromkeys(cameras, 0)

    def answer(self, items: Sequence[Picture | Copied]) -> list[Answered]:
        """Segment the pictures among some items, at most one of each topic, in one step."""
        answered = [self._admit(item) for item in items]
        asked = [one for one in answered if one.time_ns is not None]
        if asked:
            frames = [self._frame(one) for one in asked]
            for mode, segmenter in self._segmenters.items():
                for one, answer in zip(asked, _segment(segmenter, frames), strict=True):
                    one.answers[mode] = answer
        return answered

    def export(self) -> dict[str, State]:
        """Copy all that later answers depend on, for :meth:`restore`."""
        states: dict[str, State] = {}
        for topic, camera in self._cameras.items():
            clock = self.clocks[topic].export()
            states[f'{topic}|clock'] = {
                'clock': clock,
                'counts': np.array([self._videos[topic], self._numbers[topic]]),
            }
            for mode, segmenter in self._segmenters.items():
                states[f'{topic}|{mode}'] = segmenter.export(camera.key)
        return states

    def restore(self, states: Mapping[str, State]) -> None:
        """Go on where another stood."""
        for topic, camera in self._cameras.items():
            own = states[f'{topic}|clock']
            self.clocks[topic].restore(own['clock'])
            self._videos[topic], self._numbers[topic] = (int(value) for value in own['counts'])
            for mode, segmenter in self._segmenters.items():
                segmenter.restore(camera.key, states[f'{topic}|{mode}'])

    def _admit(self, item: Picture | Copied) -> Answered:
        if not isinstance(item, Picture):
            return Answered(item)
        topic = item.topic
        answered = Answered(item, self._numbers[topic])
        self._numbers[topic] += 1
        if item.frame is None:
            return answered
        if item.video != self._videos[topic]:
            self._videos[topic] = item.video
            for segmenter in self._segmenters.values():
                segmenter.forget(self._cameras[topic].key)
        answered.time_ns = item.frame.stamp_ns
        if not self._has_clock:
            stamp_ns = item.frame.stamp_ns
            answered.time_ns = self.clocks[topic].time_ns(stamp_ns, item.log_time_ns)
        return answered

    def _frame(self, answered: Answered) -> Frame:
        item = answered.item
        assert isinstance(item, Picture)
        assert item.frame is not None
        assert answered.time_ns is not None
        key = self._cameras[item.topic].key
        return replace(item.frame, stamp_ns=answered.time_ns, camera=key)


def _segment(segmenter: FrameSegmenter, frames: list[Frame]) -> list[Segmentation]:
    if len(frames) == 1:
        return [segmenter.segment(frames[0])]
    return segmenter.segment_batch(frames)
