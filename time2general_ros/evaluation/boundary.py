"""Accuracy along the contours of classes: boundary IoU."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from time2general_ros.evaluation.accuracy import mean_iou, overlaps
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import count_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

RATIO = 0.02
# Classes are counted from 1 here. Void is the least where the greatest neighbour is looked for and
# the greatest where the least is: it never decides. Bytes are quicker, and enough for most sets.
FIRST_WIDE = 253


class Contours(NamedTuple):
    """
    Boundary pixels of one frame.

    :param hits: On the boundary of both truth and prediction, int64 [K].
    :param unions: On the boundary of either, int64 [K].
    """

    hits: npt.NDArray[np.int64]
    unions: npt.NDArray[np.int64]


class BoundaryMeter:
    """
    Boundary IoU (Cheng et al., CVPR 2021, arXiv 2103.16562) over any number of frames.

    The boundary of a class in a mask is made of its pixels within d of a pixel outside of it, as
    the square of 2 d + 1 pixels that erodes the mask in the authors' code sees it; beyond the
    image all is outside. d is 2 % of the image's diagonal, rounded, at least 1. For each class the
    pixels that lie on the boundary of both truth and prediction, and of either, are counted over
    all frames, as for mIoU.

    Pixels whose truth is 255 are ignored, and make no contour: a class does not end there. A
    prediction of 255 elsewhere is an error, and does.

    :param classes: Names of the classes; the position of a name is its id.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self._hits: npt.NDArray[np.int64] = np.zeros(len(self.classes), np.int64)
        self._unions: npt.NDArray[np.int64] = np.zeros(len(self.classes), np.int64)

    def add(self, truth: npt.NDArray[np.uint8], prediction: npt.NDArray[np.uint8]) -> Contours:
        """
        Count one frame.

        :param truth: Class ids, uint8 [H, W], 255 = ignored.
        :param prediction: Class ids, uint8 [H, W], 255 = unlabelled.
        """
        void, d = truth == UNLABELLED, boundary_width(truth.shape)
        true = np.where(boundary(truth, void, d), truth, UNLABELLED)
        found = np.where(boundary(prediction, void, d), prediction, UNLABELLED)
        hits = self._pixels(true[true == found])
        contours = Contours(hits, self._pixels(true) + self._pixels(found) - hits)
        self.count(contours)
        return contours

    def count(self, contours: Contours) -> None:
        """Add what :meth:`add` returned, here or elsewhere."""
        self._hits += contours.hits
        self._unions += contours.unions

    def include(self, other: BoundaryMeter) -> None:
        """Add all that another meter of the same classes has counted."""
        self.count(Contours(other._hits, other._unions))

    def _pixels(self, ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        return count_ids(ids)[: len(self.classes)]

    @property
    def per_class_iou(self) -> dict[str, float | None]:
        """Boundary IoU of each class, 0 to 1; None where it has no boundary in either."""
        return overlaps(self.classes, self._hits, self._unions)

    @property
    def mean(self) -> float | None:
        """Mean over the classes with a boundary in truth or prediction; None without any."""
        return mean_iou(self.per_class_iou)


def boundary_width(size: Sequence[int]) -> int:
    """Return d in pixels for an image of height and width."""
    return max(1, round(RATIO * math.hypot(size[0], size[1])))


def boundary(
    ids: npt.NDArray[np.uint8], void: npt.NDArray[np.bool_], d: int
) -> npt.NDArray[np.bool_]:
    """
    Find the pixels on the boundary of their own class, bool [H, W].

    The mask of a class holds a whole square if and only if the least and the greatest id in the
    square are its own: two passes serve all classes.

    :param ids: uint8 [H, W]; void: bool [H, W], pixels that are ignored; d: width in pixels.
    """
    unlabelled = ids == UNLABELLED
    is_wide = bool((~unlabelled & (ids >= FIRST_WIDE)).any())
    kind: Any = np.uint16 if is_wide else np.uint8
    last = int(np.iinfo(kind).max)
    shifted = ids.astype(kind) + kind(1)
    shifted[unlabelled] = last - 1
    square: dict[str, Any] = {
        'kernel': np.ones((2 * d + 1, 2 * d + 1), np.uint8),
        'borderType': cv2.BORDER_CONSTANT,
        'borderValue': 0,
    }
    least = cv2.erode(np.where(void, last, shifted).astype(kind), **square)
    greatest = cv2.dilate(np.where(void, 0, shifted).astype(kind), **square)
    inside = (least == shifted) & (greatest == shifted)
    return np.asarray(~void & ~inside)
