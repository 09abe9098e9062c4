"""Optical flow between two images of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

SMALLEST_SIDE = 12
"""On fewer rows or columns there is nothing to follow."""
# With fewer rows or columns than 32 OpenCV (4.10 to 5.0) reads beyond its buffers, gives flow that
# is no number, or refuses: its patches of 8 pixels must fit into the image at a quarter of its
# size. With fewer than 48 some flow depends on what the estimator was given before.
LEAST_SIDE = 48


class DenseFlow:
    """
    Estimates where each pixel of one image lies in another.

    Dense inverse search (Kroeger et al., ECCV 2016) as in OpenCV. Images with fewer than 48 rows
    or columns are continued by their last ones for it.

    :param finest: How many times images are halved for the finest step of the search; 1 is more
        exact, 2 takes a fourth of the time.
    :param step: Pixels from one patch to the next; they are 8 wide.
    """

    def __init__(self, finest: int, step: int = 4) -> None:
        self._estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._estimator.setFinestScale(finest)
        self._estimator.setPatchStride(step)

    def __call__(
        self, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        """
        Estimate the flow from one image to another.

        :param first: Grey, uint8 [H, W].
        :param second: Grey, of the same size.
        :returns: Displacements (x, y) in pixels, float32 [H, W, 2].
        """
        height, width = first.shape
        before, after = _continued(first), _continued(second)
        flow = self._estimator.calc(before, after, None)  # type: ignore[call-overload]
        return np.asarray(flow[:height, :width], np.float32)


def _continued(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    below, right = (max(0, LEAST_SIDE - side) for side in image.shape)
    if not below and not right:
        return image
    larger = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(larger, np.uint8)
