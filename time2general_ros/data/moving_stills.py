"""Videos made of labelled stills: what a camera that moves before them would see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.geometry import LABEL_STRIDE, draw_view
from time2general_ros.data.labelled_video import LabelledFrame, labelled_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.data.geometry import View
    from time2general_ros.data.labelled_video import LabelledVideo, LabelledVideos
    from time2general_ros.labels.label_set import LabelSet

NANOSECONDS = 1_000_000_000
RATE_HZ = 15.0
FRAMES = 12
# Deviation of what a camera adds to each pixel of each frame, in 255ths.
NOISE = 4.0


class MovingStill:
    """
    One labelled frame in smooth invented motion, with noise; see :class:`LabelledVideo`.

    :param size: Of the frames, (height, width); a multiple of the stride of labels.
    """

    def __init__(self, video: LabelledVideo, index: int, size: tuple[int, int], seed: int) -> None:
        self._still = video.frame(index)
        self.name = self._still.name
        self._seed = seed
        shape = (self._still.image.shape[0], self._still.image.shape[1])
        self._view: View = draw_view(
            np.random.default_rng(seed), shape, size, size, np.arange(FRAMES) / RATE_HZ,
            moving=True, scales=(1.1, 1.4), aspects=(1.0, 1.0),
        )  # fmt: skip

    def __len__(self) -> int:
        return FRAMES

    def frame(self, index: int) -> LabelledFrame:
        """Move the still; see :class:`~time2general_ros.data.labelled_video.LabelledVideo`."""
        image = self._view.image(index, self._still.image).astype(np.float32)
        noise = np.random.default_rng((self._seed, index)).normal(0, NOISE, image.shape)
        labels = self._view.labels(index, self._still.labels)
        for axis in (0, 1):
            labels = labels.repeat(LABEL_STRIDE, axis=axis)
        return LabelledFrame(
            f'{self.name} {index}',
            np.clip(image + noise, 0, 255).astype(np.uint8),
            labels,
            round(index / RATE_HZ * NANOSECONDS),
        )


@dataclass(frozen=True)
class MovingStills:
    """Some labelled frames, each in motion; see :class:`LabelledVideos`."""

    label_set: LabelSet
    videos: Sequence[MovingStill]


def moving_stills(data: LabelledVideos, count: int, size: tuple[int, int]) -> MovingStills:
    """Set labelled frames of a data set in motion, at most so many, evenly through it."""
    places = [(video, i) for video in data.videos for i in labelled_frames(video)]
    chosen = places[:: max(1, -(-len(places) // count))]
    videos = [MovingStill(video, i, size, seed) for seed, (video, i) in enumerate(chosen)]
    return MovingStills(data.label_set, videos)
