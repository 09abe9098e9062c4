"""Which pictures a model is worst at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.labels.relations import compare

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame
    from time2general_ros.evaluation.evaluate import Predictor
    from time2general_ros.labels.label_set import LabelSet


class Picture(NamedTuple):
    """
    A frame and what was made of it.

    :param miou: In percent; prediction: ids of the model, uint8 [H, W].
    """

    miou: float
    frame: LabelledFrame
    prediction: npt.NDArray[np.uint8]


class WorstPictures:
    """
    Answers as a predictor does, and keeps the frames that it is worst at.

    See :class:`~time2general_ros.evaluation.evaluate.Predictor`.

    :param labels: The classes of the data; most: how many frames are kept.
    """

    def __init__(self, predictor: Predictor, labels: LabelSet, most: int) -> None:
        self._predictor = predictor
        self._classes = compare(predictor.labels, labels)
        self._most = most
        self.pictures: list[Picture] = []

    @property
    def labels(self) -> LabelSet:
        """The classes of the model."""
        return self._predictor.labels

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment a frame, and score it alone."""
        prediction = self._predictor.predict(frame)
        matrix = ConfusionMatrix(self._classes.labels.classes)
        matrix.add(self._classes.truth(frame.labels), self._classes.prediction(prediction))
        if matrix.miou is not None:
            met = [*self.pictures, Picture(100 * matrix.miou, frame, prediction)]
            self.pictures = sorted(met, key=lambda picture: picture.miou)[: self._most]
        return prediction

    def reset(self) -> None:
        """Forget the frames seen so far."""
        self._predictor.reset()
