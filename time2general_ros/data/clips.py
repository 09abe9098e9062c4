"""Training clips drawn from takes: geometry, style, stride, labels and their trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.data.geometry import ASPECTS, LABEL_STRIDE, SCALES, draw_view
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.photometric import draw_style
from time2general_ros.data.rare_classes import RareClasses
from time2general_ros.labels.groups import FIRST_GROUP

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.geometry import View
    from time2general_ros.data.takes import Take

# Design of the paper's random strides, in frames of a 30 Hz video.
STRIDES = (1, 2, 3, 4, 6, 9)
VIDEO_HZ = 30.0


class Labels(NamedTuple):
    """
    Labels of cells of S px.

    :param ids: uint8 [T, H/S, W/S], 255 = unknown; weights: float32 of the same shape, 0 to 1.
    """

    ids: npt.NDArray[np.uint8]
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """
    T frames of one camera, ready for training.

    :param images: uint8 [T, H, W, 3]; labels: of cells of 4 px; stamps_s: float32 [T].
    :param views: float32 [T, 3, 3], maps from a still to the pixels of each frame; all zero for a
        video, whose motion is not known.
    :param finer: Labels of smaller cells, if they were asked for.
    """

    images: npt.NDArray[np.uint8]
    labels: Labels
    stamps_s: npt.NDArray[np.float32]
    views: npt.NDArray[np.float32]
    finer: Labels | None = None


class ClipSource:
    """
    Takes of one kind and how often they are drawn.

    :param share: Relative frequency of this source.
    :param first_group: Labels from here on are groups of classes.
    """

    def __init__(
        self, takes: Sequence[Take], share: float, first_group: int = FIRST_GROUP
    ) -> None:
        self.takes = takes
        self.share = share
        self._first_group = first_group
        self._holders: RareClasses | None = None

    @property
    def rare(self) -> RareClasses:
        """Where the rare classes are, looked up when first asked."""
        if self._holders is None:
            self._holders = RareClasses([take.labels for take in self.takes], self._first_group)
        return self._holders


def draw_clip(
    rng: np.random.Generator,
    sources: Sequence[ClipSource],
    frames: int,
    full: tuple[int, int],
    crop: tuple[int, int],
    *,
    strides: Sequence[int] = STRIDES,
    rare: float = 0.0,
    scales: tuple[float, float] = SCALES,
    aspects: tuple[float, float] = ASPECTS,
    style: float = 1.0,
    mirrored: bool = True,
    label_stride: int = LABEL_STRIDE,
) -> Clip:
    """
    Draw one clip.

    Stills become clips by smooth invented camera motion; videos keep their own. Half of the clips
    run backwards. The stride is drawn per clip, among those that the take is long enough for.

    :param rare: Share of clips that are chosen for a rare class, and look at it.
    :param scales: See :func:`draw_view`, as for aspects and mirrored; style: see
        :func:`draw_style`.
    :param label_stride: Below 4 there are finer labels too, of cells of so many pixels.
    :raises DataError: if a video has fewer frames than the clip.
    """
    shares = np.array([source.share for source in sources])
    source = sources[int(rng.choice(len(sources), p=shares / shares.sum()))]
    found = source.rare.draw(rng) if rng.random() < rare else None
    take = source.takes[found.take if found else int(rng.integers(len(source.takes)))]
    still = len(take.images) == 1
    if still:
        stride = int(rng.choice(strides))
        indices, period = np.zeros(frames, int), stride / VIDEO_HZ
    elif len(take.images) < frames:
        raise DataError(
            f'a video of {len(take.images)} frames is too short for clips of {frames}; '
            'leave it out or lower frames in the recipe'
        )
    else:
        unit = max(1, round(take.rate_hz / VIDEO_HZ))
        longest = max(1, (len(take.images) - 1) // max(1, frames - 1))
        stride = min(int(rng.choice(strides)) * unit, longest)
        starts = len(take.images) - stride * (frames - 1)
        start = min(found.frame, starts - 1) if found else int(rng.integers(starts))
        indices, period = start + stride * np.arange(frames), stride / take.rate_hz
    if rng.random() < 0.5:
        indices = indices[::-1]
    times = np.arange(frames, dtype=np.float64) * period
    view = draw_view(
        rng, take.images.shape[1:3], full, crop, times,
        moving=still, focus=found.place if found else None, scales=scales, aspects=aspects,
        mirrored=mirrored,
    )  # fmt: skip
    look = draw_style(rng, style)
    images = [look.apply(view.image(t, take.images[i]), rng) for t, i in enumerate(indices)]
    maps = [(take.labels[i], take.weights[i]) for i in indices]
    return Clip(
        np.stack(images),
        _labels(view, maps, LABEL_STRIDE),
        times.astype(np.float32),
        view.homogeneous if still else np.zeros((frames, 3, 3), np.float32),
        _labels(view, maps, label_stride) if label_stride < LABEL_STRIDE else None,
    )


def _labels(
    view: View, maps: list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]], stride: int
) -> Labels:
    ids = [view.labels(t, labels, stride) for t, (labels, _) in enumerate(maps)]
    weights = [view.weights(t, trust, stride) for t, (_, trust) in enumerate(maps)]
    return Labels(np.stack(ids), np.stack(weights).astype(np.float32) / np.float32(255))
