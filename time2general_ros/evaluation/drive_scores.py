"""How far a mean IoU depends on which drives happen to be scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.labels.relations import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame
    from time2general_ros.evaluation.evaluate import Predictor
    from time2general_ros.labels.label_set import LabelSet


class DriveScores:
    """
    Answers as a predictor does, and counts the pixels of each drive.

    See :class:`~time2general_ros.evaluation.evaluate.Predictor`.

    :param labels: The classes of the data; drives: of each video, in the order of the data.
    """

    def __init__(self, predictor: Predictor, labels: LabelSet, drives: Sequence[str]) -> None:
        self._predictor = predictor
        self._classes = compare(predictor.labels, labels)
        self._waiting = iter(drives)
        self._matrices: dict[str, ConfusionMatrix] = {}
        self._drive = ''

    @property
    def labels(self) -> LabelSet:
        """The classes of the model."""
        return self._predictor.labels

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment a frame, and count its pixels."""
        prediction = self._predictor.predict(frame)
        names = self._classes.labels.classes
        matrix = self._matrices.setdefault(self._drive, ConfusionMatrix(names))
        matrix.add(self._classes.truth(frame.labels), self._classes.prediction(prediction))
        return prediction

    def reset(self) -> None:
        """Begin the next video."""
        self._predictor.reset()
        self._drive = next(self._waiting)

    def drawn_miou(self, draws: int, seed: int = 0) -> npt.NDArray[np.float64]:
        """
        Draw as many drives as there are, again and again, and score each draw as a whole.

        :returns: mean IoU of each draw in percent, [draws]; no number where it has no pixel.
        """
        counts = np.array([matrix.counts for matrix in self._matrices.values()], np.float64)
        right = np.einsum('dkk->dk', counts[..., :-1])
        either = counts.sum(axis=2) + counts[..., :-1].sum(axis=1) - right
        drives = len(counts)
        times = np.random.default_rng(seed).multinomial(drives, np.full(drives, 1 / drives), draws)
        right, either = times @ right, times @ either
        there = either > 0
        iou = np.divide(right, either, out=np.zeros_like(right), where=there)
        classes = there.sum(axis=1)
        # A draw without any class is no number.
        with np.errstate(invalid='ignore'):
            return np.asarray(100 * iou.sum(axis=1) / classes, np.float64)

    def __len__(self) -> int:
        """Return the number of drives that were met."""
        return len(self._matrices)
