"""Stability along optical flow: temporal consistency and flicker without labels."""

from __future__ import annotations

from array import array
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import cv2
import numpy as np

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.streaming.flow import SMALLEST_SIDE, DenseFlow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    FlowEstimator = Callable[
        [npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.float32]
    ]

Number = TypeVar('Number', np.uint8, np.float32)
_MEMORY = ('image', 'prediction')
# Rows or columns that are enough to follow what moves; flow costs by the pixel.
_ROWS = 240
_FINEST = 1
FLOW = f'a flow of {_ROWS} rows, found on them halved {_FINEST} times'
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


def dense_flow(
    first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """
    Estimate where each pixel of one image lies in another.

    Dense inverse search, the fastest preset of OpenCV but for its finest scale: half the size
    instead of a quarter.

    :param first: RGB, uint8 [H, W, 3].
    :param second: RGB of the same size.
    :returns: Displacements (x, y) in pixels, float32 [H, W, 2].
    """
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (first, second)]
    return DenseFlow(_FINEST)(*(np.asarray(image, np.uint8) for image in grey))


class SharedFlow:
    """
    Estimates the flow between the same two images once, whoever asks.

    Answers with and without memory are measured on the same images.

    :param estimate: Flow from its first image to its second.
    """

    def __init__(self, estimate: FlowEstimator = dense_flow) -> None:
        self._estimate = estimate
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
        columns = np.arange(width, dtype=np.float32)
        rows = np.arange(height, dtype=np.float32)[:, None]
        # Ties round to even, so that a slip of half a pixel shows in either direction.
        x, y = np.rint(columns + flow[..., 0]), np.rint(rows + flow[..., 1])
        self._flow = flow
        self._inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        within = (np.clip(x, 0, width - 1), np.clip(y, 0, height - 1))
        self._pixels = cv2.merge([side.astype(np.int16) for side in within])

    def read(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Fetch values [H, W, ...] of the second image to the pixels of the first."""
        # Several times as fast as an index array, and as exact: these are whole pixels.
        none = np.empty(0, np.uint16)
        read = cv2.remap(values, self._pixels, none, cv2.INTER_NEAREST)
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


def _squared_length(flow: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    x, y = cv2.split(flow)  # sums along an axis of two are slow
    return np.asarray(x * x + y * y, np.float32)


class FlowPair(NamedTuple):
    """
    Two consecutive predictions, compared along the flow.

    :param pixels: Those that are visible in both images.
    :param unchanged: Those of them that keep their class.
    :param counts: By class before and now, int64 [K + 1, K + 1]; the last is unlabelled.
    """

    pixels: int
    unchanged: int
    counts: npt.NDArray[np.int64]


class FlowMeter:
    """
    Score predictions of consecutive frames along the optical flow of their images.

    Warping is nearest-neighbour on whole pixels and occlusions are left out, unlike in the VSPW
    script, whose sampling grid is off by half a pixel at the borders. Large images are made
    smaller, see :func:`reduced`: a share of pixels needs no more. Images with a side below 12
    pixels are too small for the flow and are not scored.

    :param classes: Names of the classes; the position of a name is its id.
    :param estimate: Flow from its first image to its second.
    """

    def __init__(self, classes: Sequence[str], estimate: FlowEstimator = dense_flow) -> None:
        self._estimate = estimate
        self._agreement = ConfusionMatrix(classes)
        self._names = (*classes, 'unlabelled')
        self._ids = np.arange(256, dtype=np.uint8)
        self._ids[UNLABELLED] = len(classes)
        self._unchanged = array('d')
        self.start_video()

    def start_video(self) -> None:
        """Begin a new video: no pair reaches across this point."""
        self._last: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None = None

    def add(
        self, image: npt.NDArray[np.uint8], prediction: npt.NDArray[np.uint8]
    ) -> FlowPair | None:
        """
        Take the next frame of the video.

        :param image: RGB, uint8 [H, W, 3].
        :param prediction: Class ids, uint8 [H, W].
        :returns: How it compares with the frame before; None if it was not compared.
        """
        pair = None
        image, prediction = reduced(image, prediction)
        if self._last is not None and min(prediction.shape) >= SMALLEST_SIDE:
            last_image, last_prediction = self._last
            targets = Targets(self._estimate(last_image, image))
            visible = targets.visible(self._estimate(image, last_image))
            pair = self._compare(last_prediction, targets.warp(prediction), visible)
            self.count(pair)
        self._last = image.copy(), prediction.copy()
        return pair

    def count(self, pair: FlowPair) -> None:
        """Add what :meth:`add` returned, here or elsewhere."""
        self._agreement.count(pair.counts[:-1])
        if pair.pixels:
            self._unchanged.append(pair.unchanged / pair.pixels)

    def _compare(
        self,
        before: npt.NDArray[np.uint8],
        now: npt.NDArray[np.uint8],
        visible: npt.NDArray[np.bool_],
    ) -> FlowPair:
        counts = ConfusionMatrix(self._names).add(self._ids[before], self._ids[now], visible)[
            :, :-1
        ]
        return FlowPair(int(counts.sum()), int(np.trace(counts)), counts)

    def include(self, other: FlowMeter) -> None:
        """Add all that another meter of the same classes has counted."""
        self._agreement.count(other._agreement.counts)
        self._unchanged.extend(other._unchanged)

    @property
    def memory(self) -> dict[str, npt.NDArray[np.generic]]:
        """What the next pair depends on, for :meth:`recall`; empty at the start of a video."""
        return {} if self._last is None else dict(zip(_MEMORY, self._last, strict=True))

    def recall(self, memory: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on where another meter stood; see :attr:`memory`."""
        self._last = None
        if memory:
            image, prediction = (np.asarray(memory[name], np.uint8) for name in _MEMORY)
            self._last = image, prediction

    @property
    def temporal_consistency(self) -> float | None:
        """
        Mean IoU, 0 to 1, of each prediction with the next one warped back onto it.

        None if no pair was scored. After Liu et al., ECCV 2020 (ETC), with occlusions left out.
        """
        return self._agreement.miou

    @property
    def flicker(self) -> float | None:
        """Share, 0 to 1, of visible pixels whose class changes; mean over pairs, None if none."""
        return 1.0 - float(np.mean(self._unchanged)) if self._unchanged else None
