"""Accuracy and flicker of one stream of masks, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.evaluation.consistency import ConsistencyMeter
from time2general_ros.labels.label_set import UNLABELLED

Ids = npt.NDArray[np.uint8]


class Score(TypedDict):
    """
    Figures in percent; None where no pixel could be scored.

    :param miou: Mean IoU over the classes present.
    :param flicker: Share of label-stable pixels whose class changes from one frame to the next.
    """

    miou: float | None
    flicker: float | None


class DriveScore:
    """
    Score the masks of one drive.

    :param classes: Names of the classes, by id.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._accuracy = ConfusionMatrix(classes)
        self._consistency = ConsistencyMeter([2])
        self._last: tuple[Ids, Ids] | None = None

    def add(self, truth: Ids, mask: Ids) -> npt.NDArray[np.bool_]:
        """
        Score the next frame.

        :param truth: Class ids, uint8 [H, W], 255 = void.
        :param mask: Class ids, uint8 [H, W].
        :returns: The label-stable pixels whose class changed, bool [H, W].
        """
        self._accuracy.add(truth, mask)
        self._consistency.add(truth, mask)
        last_truth, last_mask = self._last or (truth, mask)
        self._last = truth, mask
        flicker: npt.NDArray[np.bool_] = truth == last_truth
        flicker &= truth != UNLABELLED
        flicker &= mask != last_mask
        return flicker

    @property
    def score(self) -> Score:
        """The figures over all frames so far."""
        return Score(
            miou=_percent(self._accuracy.miou),
            flicker=_percent(self._consistency.scores(2).flicker),
        )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100.0 * share, 3)
