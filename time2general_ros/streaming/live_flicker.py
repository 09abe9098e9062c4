"""Flicker of one camera's masks while they are made, without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.streaming.flow import SMALLEST_SIDE, DenseFlow

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.streaming.frame import Frame, Segmentation

    Small = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]

LONGEST_SIDE = 160
"""Images and masks are compared at this size: flow takes no longer than a node can spare."""
SAME_GREY = 8
"""Two pixels show the same thing if their grey values differ by no more than this."""
LEAST_SHARE = 0.25
"""With fewer pixels that can be followed the scene was cut: driving leaves over half of them."""
_OUTSIDE = 255


class LiveFlicker:
    """
    Estimate what share of the steady pixels change class from one answer to the next.

    Pixels are followed by the fastest variant of dense inverse search (Kroeger et al., ECCV 2016)
    on small grey images, and count where both images look the same along it: what is occluded,
    blurred or lit anew is left out. Unlike the flicker of the evaluation it knows no labels, so
    that it is a figure to watch for changes, not to compare models by. Frames that were dropped in
    between make it larger, as they do for whoever uses the masks.

    The state is one small image and mask: each camera needs an instance of its own.
    """

    def __init__(self) -> None:
        self._flow = DenseFlow(finest=2)
        self._last: Small | None = None

    def update(self, segmentation: Segmentation, frame: Frame) -> float | None:
        """
        Compare an answer with the one before it.

        :returns: The share, 0 to 1; None if there is nothing to compare with: for the first
            frame, where memory was reset, for images with a side below 12 pixels at that size and
            where too little can be followed.
        """
        if segmentation.reset:
            self._last = None
        last, self._last = self._last, _shrink(segmentation, frame)
        if last is None or last[0].shape != self._last[0].shape:
            return None
        if min(last[0].shape) < SMALLEST_SIDE:
            return None
        return self._changed(last, self._last)

    def _changed(self, last: Small, now: Small) -> float | None:
        (last_grey, last_ids), (grey, ids) = last, now
        flow = self._flow(grey, last_grey)
        height, width = grey.shape
        columns = flow[..., 0] + np.arange(width, dtype=np.float32)
        rows = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
        seen = cv2.remap(last_grey, columns, rows, cv2.INTER_LINEAR, borderValue=0)
        before = cv2.remap(last_ids, columns, rows, cv2.INTER_NEAREST, borderValue=_OUTSIDE)
        steady = (cv2.absdiff(seen, grey) <= SAME_GREY) & (before != _OUTSIDE)
        followed = np.count_nonzero(steady)
        if followed < LEAST_SHARE * steady.size:
            return None
        return float(np.count_nonzero(steady & (before != ids)) / followed)


def _shrink(segmentation: Segmentation, frame: Frame) -> Small:
    """Return the grey image and the class ids at the size of the comparison, uint8 [h, w]."""
    height, width = frame.size
    factor = max(1.0, max(height, width) / LONGEST_SIDE)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    ids = cv2.resize(segmentation.class_ids, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(grey, np.uint8), np.asarray(ids, np.uint8)
