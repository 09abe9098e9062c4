"""Which pixel of one image is which of the next, by their optical flow."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.streaming.flow import DenseFlow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FlowEstimator = Callable[
        [npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.float32]
    ]

_NO_FRACTION = np.empty(0, np.uint16)
Number = TypeVar('Number', np.uint8, np.float32)
# Rows or columns that are enough to follow what moves; flow costs by the pixel.
_ROWS = 240
_FINEST, _STEP = 1, 5
FLOW = f'a flow of {_ROWS} rows, found on them halved {_FINEST} times, every {_STEP} pixels'
"""What flow figures are measured along; those along another are not compared with them."""


def reduced(
    image: npt.NDArray[np.uint8], *ids: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], ...]:
    """
    Make an image and its class ids as small as the flow is measured on.

    Its smaller side has 240 pixels or a little more, whole parts of those of the image: each is
    the mean of a square of them, and of the ids the one in its middle. Smaller images stay.

    :param image: RGB, uint8 [H, W, 3].
    :param ids: uint8 [H, W] each.
    :returns: Image and ids, uint8 [h, w, 3] and [h, w].
    """
    height, width = image.shape[:2]
    part = max(1, min(height, width) // _ROWS)
    if part == 1:
        return image, *ids
    size = width // part, height // part
    # What is left over at the edges is no whole part.
    whole = (slice(size[1] * part), slice(size[0] * part))
    small = cv2.resize(image[whole], size, interpolation=cv2.INTER_AREA)
    middle = slice(part // 2, None, part)
    sampled = (np.ascontiguousarray(one[whole][middle, middle]) for one in ids)
    return np.asarray(small, np.uint8), *sampled


class ImageFlow:
    """
    Estimates where each pixel of one image lies in another.

    Dense inverse search, the fastest preset of OpenCV but for two things: its finest scale is half
    the size instead of a quarter, its patches lie 5 pixels apart instead of 4.
    """

    def __init__(self) -> None:
        self._flow = DenseFlow(_FINEST, _STEP)

    def __call__(
        self, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        """
        Estimate the flow from one image to another.

        :param first: RGB, uint8 [H, W, 3].
        :param second: RGB of the same size.
        :returns: Displacements (x, y) in pixels, float32 [H, W, 2].
        """
        grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (first, second)]
        return self._flow(*(np.asarray(image, np.uint8) for image in grey))


class SharedFlow:
    """
    Estimates the flow between the same two images once, whoever asks.

    Answers with and without memory are measured on the same images.

    :param estimate: Flow from its first image to its second; an :class:`ImageFlow` if not given.
    """

    def __init__(self, estimate: FlowEstimator | None = None) -> None:
        self._estimate = estimate or ImageFlow()
        # Two images and the flow between them: there and back.
        self._made: deque[
            tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.float32]]
        ] = deque(maxlen=2)

    def __call__(
        self, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        """Estimate as the estimator does."""
        for one, other, known in self._made:
            if np.array_equal(one, first) and np.array_equal(other, second):
                return known
        flow = self._estimate(first, second)
        self._made.append((first, second, flow))
        return flow


class Targets:
    """
    The pixel of the other image that each pixel moves to, rounded to the nearest.

    :param flow: Displacements from the first image to the second, float32 [H, W, 2].
    """

    def __init__(self, flow: npt.NDArray[np.float32]) -> None:
        height, width = flow.shape[:2]
        self._flow = flow
        # Ties round to even, so that a slip of half a pixel shows in either direction.
        self._pixels = cv2.add(flow, _places(height, width), dtype=cv2.CV_16S)
        last = (width - 1, height - 1, 0, 0)
        self._inside = cv2.inRange(self._pixels, (0, 0, 0, 0), last).astype(np.bool_)

    def read(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """
        Fetch values [H, W, ...] of the second image to the pixels of the first.

        Where flow leaves the image, it is the nearest one at its edge.
        """
        # Several times as fast as an index array, and as exact: these are whole pixels.
        edge = cv2.BORDER_REPLICATE
        read = cv2.remap(values, self._pixels, _NO_FRACTION, cv2.INTER_NEAREST, borderMode=edge)
        return np.asarray(read, values.dtype)

    def warp(self, ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """
        Fetch class ids, exactly when the flow is whole pixels.

        :param ids: Class ids of the second image, uint8 [H, W].
        :returns: Class ids in the first image's pixels, uint8 [H, W]; 255 where flow leaves the
            image.
        """
        return np.where(self._inside, self.read(ids), UNLABELLED).astype(np.uint8)

    def visible(self, backward: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """
        Find the pixels that are visible in both images.

        Forward and backward flow must cancel up to 0.01 (|f|² + |b|²) + 0.5 square pixels
        (Sundaram, Brox and Keutzer, ECCV 2010); where they do not, the pixel is occluded or its
        flow is wrong.

        :param backward: Flow from the second image to the first, float32 [H, W, 2].
        :returns: bool [H, W] in the pixels of the first image.
        """
        back = self.read(backward)
        gap = _squared_length(self._flow + back)
        length = _squared_length(self._flow) + _squared_length(back)
        return np.asarray(self._inside & (gap <= 0.01 * length + 0.5), np.bool_)


def follow(
    first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8], estimate: FlowEstimator
) -> tuple[Targets, npt.NDArray[np.bool_]]:
    """
    Find the pixels of one image in the next.

    :param first: RGB, uint8 [H, W, 3]; second: of the same size.
    :returns: where they lie, and which are visible in both: bool [H, W] in the first image.
    """
    targets = Targets(estimate(first, second))
    return targets, targets.visible(estimate(second, first))


def _squared_length(flow: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    x, y = flow[..., 0], flow[..., 1]  # sums along an axis of two are slow
    return np.asarray(x * x + y * y, np.float32)


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> npt.NDArray[np.float32]:
    """Give each pixel its own place (x, y), float32 [H, W, 2]."""
    return np.dstack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
