"""Stability along optical flow: temporal consistency and flicker without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.streaming.flow import MEDIUM, SMALLEST_SIDE, DenseFlow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    FlowEstimator = Callable[
        [npt.NDArray[np.uint8], npt.NDArray[np.uint8]], npt.NDArray[np.float32]
    ]


def dense_flow(
    first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """
    Estimate where each pixel of one image lies in another.

    Dense inverse search, medium preset.

    :param first: RGB, uint8 [H, W, 3].
    :param second: RGB of the same size.
    :returns: Displacements (x, y) in pixels, float32 [H, W, 2].
    """
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (first, second)]
    return DenseFlow(MEDIUM)(*(np.asarray(image, np.uint8) for image in grey))


class _Targets:
    """The pixel of the other image that each pixel moves to, rounded to the nearest."""

    def __init__(self, flow: npt.NDArray[np.float32]) -> None:
        height, width = flow.shape[:2]
        columns = np.arange(width, dtype=np.float32)
        rows = np.arange(height, dtype=np.float32)[:, None]
        # Ties round to even, so that a slip of half a pixel shows in either direction.
        x = np.rint(columns + flow[..., 0]).astype(np.intp)
        y = np.rint(rows + flow[..., 1]).astype(np.intp)
        self.inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        self._x = np.clip(x, 0, width - 1)
        self._y = np.clip(y, 0, height - 1)

    def read(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        return np.asarray(values[self._y, self._x])


def warp_nearest(
    ids: npt.NDArray[np.uint8], flow: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """
    Fetch class ids from the other image along flow, exactly when the flow is whole pixels.

    :param ids: Class ids of the second image, uint8 [H, W].
    :param flow: Displacements from the first image to the second, float32 [H, W, 2].
    :returns: Class ids in the first image's pixels, uint8 [H, W]; 255 where flow leaves the image.
    """
    targets = _Targets(flow)
    return np.where(targets.inside, targets.read(ids), UNLABELLED).astype(np.uint8)


def consistent_pixels(
    forward: npt.NDArray[np.float32], backward: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """
    Find the pixels that are visible in both images.

    Forward and backward flow must cancel up to 0.01 (|f|² + |b|²) + 0.5 square pixels (Sundaram,
    Brox and Keutzer, ECCV 2010); where they do not, the pixel is occluded or its flow is wrong.

    :param forward: Flow from the first image to the second, float32 [H, W, 2].
    :param backward: Flow from the second image to the first, float32 [H, W, 2].
    :returns: bool [H, W] in the pixels of the first image.
    """
    targets = _Targets(forward)
    back = np.asarray(targets.read(backward), np.float32)
    gap = np.square(forward + back).sum(axis=-1)
    length = np.square(forward).sum(axis=-1) + np.square(back).sum(axis=-1)
    return np.asarray(targets.inside & (gap <= 0.01 * length + 0.5), np.bool_)


class FlowMeter:
    """
    Score predictions of consecutive frames along the optical flow of their images.

    Warping is nearest-neighbour on whole pixels and occlusions are left out, unlike in the VSPW
    script, whose sampling grid is off by half a pixel at the borders. Images with a side below 12
    pixels are too small for the flow and are not scored.

    :param classes: Names of the classes; the position of a name is its id.
    :param estimate: Flow from its first image to its second.
    """

    def __init__(self, classes: Sequence[str], estimate: FlowEstimator = dense_flow) -> None:
        self._estimate = estimate
        self._agreement = ConfusionMatrix(classes)
        self._unchanged: list[float] = []
        self.start_video()

    def start_video(self) -> None:
        """Begin a new video: no pair reaches across this point."""
        self._last: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None = None

    def add(self, image: npt.NDArray[np.uint8], prediction: npt.NDArray[np.uint8]) -> None:
        """
        Take the next frame of the video.

        :param image: RGB, uint8 [H, W, 3].
        :param prediction: Class ids, uint8 [H, W].
        """
        if self._last is not None and min(prediction.shape) >= SMALLEST_SIDE:
            last_image, last_prediction = self._last
            forward = self._estimate(last_image, image)
            visible = consistent_pixels(forward, self._estimate(image, last_image))
            warped = warp_nearest(prediction, forward)
            self._agreement.add(last_prediction, warped, visible)
            if visible.any():
                self._unchanged.append(float(np.mean((warped == last_prediction)[visible])))
        self._last = image.copy(), prediction.copy()

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
