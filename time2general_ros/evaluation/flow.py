"""Stability along optical flow: temporal consistency and flicker without labels."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.evaluation.correspondence import ImageFlow, follow, reduced
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import translate
from time2general_ros.streaming.flow import SMALLEST_SIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.evaluation.correspondence import FlowEstimator

_MEMORY = ('image', 'prediction')


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
    :param estimate: Flow from its first image to its second; an :class:`ImageFlow` if not given.
    """

    def __init__(self, classes: Sequence[str], estimate: FlowEstimator | None = None) -> None:
        self._estimate = estimate or ImageFlow()
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
            targets, visible = follow(last_image, image, self._estimate)
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
        ids = translate(before, self._ids), translate(now, self._ids)
        counts = ConfusionMatrix(self._names).add(*ids, visible)[:, :-1]
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
