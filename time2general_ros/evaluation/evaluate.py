"""Score a segmenter over labelled videos at several temporal strides."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Protocol

from time2general_ros.data.labelled_video import labelled_frames
from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.evaluation.boundary import BoundaryMeter
from time2general_ros.evaluation.consistency import ConsistencyMeter
from time2general_ros.evaluation.flow import FlowMeter
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.relations import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame, LabelledVideo, LabelledVideos
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.labels.relations import ClassMap, Comparison

WINDOWS = (2, 8, 16)


class EvaluationError(Time2GeneralError):
    """The data cannot be scored."""


class Predictor(Protocol):
    """What is scored: it sees the frames of one video after the other, in order of time."""

    @property
    def labels(self) -> LabelSet:
        """The classes that it tells apart."""

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment a frame into ids of its classes, uint8 [H, W] at the frame's own size."""

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
    mapped: ClassMap | None = None,
    with_flow: bool = True,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> dict[int, StrideResult]:
    """
    Score a predictor at every stride.

    Stride s shows the predictor frames 0, s, 2s, … of each video with their own stamps, as if the
    camera were s times slower, and scores those frames. Frames without labels are shown, and
    followed along the flow, but not scored; where only some frames are labelled, the strides begin
    so that the first of them is met. The predictor is reset before each video. Where its classes
    and those of the data set differ, both are scored in the coarser set of the two.

    :param strides: Each at least 1.
    :param mapped: Classes of the predictor or of the data by those of the other, where neither
        set refines the other.
    :param with_flow: Measure along optical flow too, the slowest of the metrics.
    :param on_frame: Called after each frame with how many of how many are done, over all strides.
    :raises EvaluationError: if the frames of one video differ in size.
    :raises LabelSetError: if it is not known which classes are the same.
    """
    classes = compare(predictor.labels, data.label_set, mapped)
    total = sum(len(shown_frames(video, s)) for video in data.videos for s in strides)
    done = count(1)
    return {
        stride: _score(
            predictor,
            data,
            stride,
            classes,
            with_flow=with_flow,
            on_frame=lambda: on_frame(next(done), total),
        )
        for stride in strides
    }


def _score(
    predictor: Predictor,
    data: LabelledVideos,
    stride: int,
    classes: Comparison,
    *,
    with_flow: bool,
    on_frame: Callable[[], None],
) -> StrideResult:
    names = classes.labels.classes
    accuracy = ConfusionMatrix(names)
    boundary = BoundaryMeter(names)
    consistency = ConsistencyMeter(WINDOWS)
    flow = FlowMeter(names)
    frames = 0
    for video in data.videos:
        predictor.reset()
        consistency.start_video()
        flow.start_video()
        for frame in _frames(video, stride):
            prediction = classes.prediction(predictor.predict(frame))
            truth = classes.truth(frame.labels)
            if (truth != UNLABELLED).any():
                accuracy.add(truth, prediction)
                boundary.add(truth, prediction)
                consistency.add(truth, prediction)
                frames += 1
            if with_flow:
                flow.add(frame.image, prediction)
            on_frame()
    return StrideResult(frames, accuracy, boundary, consistency, flow)


def shown_frames(video: LabelledVideo, stride: int, begin: int = 0) -> range:
    """
    Tell which frames of a video are shown at a stride: the first labelled one is among them.

    :param begin: The first frame that may be shown.
    """
    first = next((index for index in labelled_frames(video) if index >= begin), begin)
    return range(begin + (first - begin) % stride, len(video), stride)


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
