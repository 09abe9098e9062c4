"""Accuracy against labels: one confusion matrix over the whole set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import count_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt


class ConfusionMatrix:
    """
    Count (truth, prediction) pairs over any number of frames.

    Pixels whose truth is 255 are ignored. A prediction of 255 where the truth is a class is an
    error: it lowers the IoU of that class and of no other.

    :param classes: Names of the classes; the position of a name is its id.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        count = len(self.classes)
        # The extra column holds unlabelled predictions.
        self._counts: npt.NDArray[np.int64] = np.zeros((count, count + 1), np.int64)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Pixels by truth and prediction, int64 [K, K + 1]; the last column is unlabelled."""
        return self._counts.copy()

    def add(
        self,
        truth: npt.NDArray[np.uint8],
        prediction: npt.NDArray[np.uint8],
        where: npt.NDArray[np.bool_] | None = None,
    ) -> npt.NDArray[np.int64]:
        """
        Count one frame.

        :param truth: Class ids, uint8 [H, W], 255 = ignored.
        :param prediction: Class ids, uint8 [H, W], 255 = unlabelled.
        :param where: bool [H, W], the pixels to count; all if not given.
        :returns: What was counted, laid out as :attr:`counts`.
        :raises ValueError: if the shapes differ or an id is not one of the classes.
        """
        if truth.shape != prediction.shape:
            raise ValueError(f'truth is {truth.shape} but prediction is {prediction.shape}')
        pairs = count_pairs(truth, prediction, where)
        pairs[UNLABELLED] = 0
        unlabelled = pairs[:, UNLABELLED].copy()
        pairs[:, UNLABELLED] = 0
        known = len(self.classes)
        met = np.asarray(pairs.any(axis=1) | pairs.any(axis=0))
        if met[known:].any():
            worst = np.flatnonzero(met)[-1]
            raise ValueError(f'class id {worst} in a set of {known} classes')
        counts = np.column_stack([pairs[:known, :known], unlabelled[:known]])
        self.count(counts)
        return counts

    def count(self, counts: npt.NDArray[np.int64]) -> None:
        """Add what :meth:`add` returned, here or elsewhere."""
        self._counts += counts

    @property
    def per_class_iou(self) -> dict[str, float | None]:
        """
        Intersection over union of each class, 0 to 1.

        None marks an absent class: one that occurs neither in truth nor in prediction.
        """
        true_positive = np.diagonal(self._counts)
        union = self._counts.sum(axis=1) + self._counts[:, :-1].sum(axis=0) - true_positive
        return overlaps(self.classes, true_positive, union)

    @property
    def absent(self) -> tuple[str, ...]:
        """Names of the classes that occur neither in truth nor in prediction."""
        return tuple(name for name, iou in self.per_class_iou.items() if iou is None)

    @property
    def miou(self) -> float | None:
        """
        Mean IoU, 0 to 1, over the classes that occur in truth or in prediction.

        A class that is predicted but never true therefore counts, with IoU 0, which the VSPW
        evaluator leaves out. None if no pixel was counted.
        """
        return mean_iou(self.per_class_iou)


def overlaps(
    classes: Sequence[str], hits: npt.NDArray[np.int64], unions: npt.NDArray[np.int64]
) -> dict[str, float | None]:
    """
    Divide what is in both by what is in either, for each class.

    :param hits: Pixels of each class, int64 [K]; unions: alike.
    :returns: 0 to 1 by name; None where the union is empty.
    """
    return {
        name: float(hit / total) if total else None
        for name, hit, total in zip(classes, hits, unions, strict=True)
    }


def mean_iou(per_class: Mapping[str, float | None]) -> float | None:
    """Average over the classes that have a value; None if none has."""
    present = [iou for iou in per_class.values() if iou is not None]
    return float(np.mean(present)) if present else None
