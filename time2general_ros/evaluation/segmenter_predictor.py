"""The segmenter that the node runs, as what is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.streaming.frame import Frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.streaming.segmenter import Segmenter


class SegmenterPredictor:
    """Let the evaluation drive the segmenter that the node runs."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @property
    def labels(self) -> LabelSet:
        """The classes of the model."""
        return self._segmenter.labels

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment a frame; see :class:`~time2general_ros.evaluation.evaluate.Predictor`."""
        return self._segmenter.segment(Frame(frame.image, frame.stamp_ns)).class_ids

    def reset(self) -> None:
        """Forget the frames seen so far."""
        self._segmenter.reset('', 'request')

    @property
    def gaps(self) -> int:
        """How often memory was cleared because the times of two frames were far apart."""
        return self._segmenter.resets['gap']
