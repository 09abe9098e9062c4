"""Score a segmenter over labelled videos at several temporal strides."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Protocol

from time2general_ros.data.labelled_video import labelled_frames
from time2general_ros.data.labels import UNLABELLED
from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.evaluation.boundary import BoundaryMeter
from time2general_ros.evaluation.consistency import ConsistencyMeter
from time2general_ros.evaluation.flow import FlowMeter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame, LabelledVideo, LabelledVideos

WINDOWS = (2, 8, 16)


class EvaluationError(Time2GeneralError):
    """The data cannot be scored."""


class Predictor(Protocol):
    """What is scored: it sees the frames of one video after the other, in order of time."""

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment a frame into ``cityscapes19`` ids, uint8 [H, W] at the frame's own size."""

    def reset(self) -> None:
        """Forget what was seen: the next frame begins a new video."""


@dataclass(frozen=True)
class StrideResult:
    """Everything measured at one stride; ``frames`` counts those that have labels."""

    frames: int
    accuracy: ConfusionMatrix
    boundary: BoundaryMeter
    consistency: ConsistencyMeter
    flow: FlowMeter


def evaluate(
    predictor: Predictor,
    data: LabelledVideos,
    strides: Sequence[int],
    *,
    with_flow: bool = True,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> dict[int, StrideResult]:
    """
    Score a predictor at every stride.

    Stride s shows the predictor frames 0, s, 2s, … of each video with their own stamps, as if the
    camera were s times slower, and scores those frames. Frames without labels are shown, and
    followed along the flow, but not scored; where only some frames are labelled, the strides begin
    so that the first of them is met. The predictor is reset before each video. Its ids are merged
    into the classes of the data set before they are scored.

    :param strides: Each at least 1.
    :param with_flow: Measure along optical flow too, the slowest of the metrics.
    :param on_frame: Called after each frame with how many of how many are done, over all strides.
    :raises EvaluationError: if the frames of one video differ in size.
    """
    total = sum(len(shown_frames(video, s)) for video in data.videos for s in strides)
    done = count(1)
    return {
        stride: _score(
            predictor,
            data,
            stride,
            with_flow=with_flow,
            on_frame=lambda: on_frame(next(done), total),
        )
        for stride in strides
    }


def _score(
    predictor: Predictor,
    data: LabelledVideos,
    stride: int,
    *,
    with_flow: bool,
    on_frame: Callable[[], None],
) -> StrideResult:
    merge = data.label_set.merge_table()
    accuracy = ConfusionMatrix(data.label_set.classes)
    boundary = BoundaryMeter(data.label_set.classes)
    consistency = ConsistencyMeter(WINDOWS)
    flow = FlowMeter(data.label_set.classes)
    frames = 0
    for video in data.videos:
        predictor.reset()
        consistency.start_video()
        flow.start_video()
        for frame in _frames(video, stride):
            prediction = merge[predictor.predict(frame)]
            if (frame.labels != UNLABELLED).any():
                accuracy.add(frame.labels, prediction)
                boundary.add(frame.labels, prediction)
                consistency.add(frame.labels, prediction)
                frames += 1
            if with_flow:
                flow.add(frame.image, prediction)
            on_frame()
    return StrideResult(frames, accuracy, boundary, consistency, flow)


def shown_frames(video: LabelledVideo, stride: int) -> range:
    """Tell which frames of a video are shown at a stride: the first labelled one is among them."""
    first = next(iter(labelled_frames(video)), 0) % stride
    return range(first, len(video), stride)


def _frames(video: LabelledVideo, stride: int) -> Iterator[LabelledFrame]:
    first: LabelledFrame | None = None
    for index in shown_frames(video, stride):
        frame = video.frame(index)
        first = first or frame
        if frame.labels.shape != first.labels.shape:
            raise EvaluationError(
                f'{frame.name} has size {frame.labels.shape} but its video began with '
                f'{first.name} of size {first.labels.shape}; give each its own sequence name'
            )
        yield frame
