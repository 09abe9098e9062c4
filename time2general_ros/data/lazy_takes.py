"""Training takes of any data set, read from it frame by frame."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.labelled_video import DataError, labelled_frames, stamp_of
from time2general_ros.data.takes import Take
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from time2general_ros.data.labelled_video import (
        LabelledFrame,
        LabelledVideo,
        LabelledVideos,
    )

    Pixels = npt.NDArray[np.uint8]

NANOSECONDS = 1_000_000_000
# Frames further apart than this are stills: a camera would not skip so much.
LONGEST_STEP_S = 0.5
# Long videos are cut, so that each second of a data set is drawn about as often.
TAKE_FRAMES = 64
# A clip asks for the images, labels and weights of its frames one after the other.
KEPT_FRAMES = 16


def takes_of(
    data: LabelledVideos,
    frames: int,
    table: Pixels,
    *,
    unlabelled: bool = False,
) -> list[Take]:
    """
    Make training takes of a data set without reading it.

    Videos become takes of at most 64 frames. Their labelled frames become stills, which training
    moves by an invented camera, where clips have one frame, or the video is shorter than a clip,
    goes in steps of over 0.5 s, or has frames without labels. Steps inside a take are taken to be
    equal.

    :param frames: Length of the clips that will be drawn.
    :param table: What the ids of the data set are to the network, uint8 [256]; see
        :meth:`~time2general_ros.labels.groups.Groups.code_table`.
    :param unlabelled: Keep videos of which only some frames are labelled whole, for losses that
        need no labels.
    :raises DataError: if there is nothing to learn from.
    """
    store = _Store(data, table)
    takes: list[Take] = []
    for number, video in enumerate(data.videos):
        labelled = labelled_frames(video)
        whole = len(labelled) == len(video) or (unlabelled and len(labelled) > 0)
        step_s = _step_s(video) if whole and 1 < frames <= len(video) else 0.0
        if 0 < step_s <= LONGEST_STEP_S:
            for first in range(0, len(video) - frames + 1, TAKE_FRAMES):
                indices = range(first, min(first + TAKE_FRAMES, len(video)))
                if len(indices) >= frames:
                    takes.append(store.take(number, indices, 1 / step_s))
        else:
            takes += [store.take(number, (i,), 1.0) for i in labelled]
    if not takes:
        raise DataError('the data has no labelled frame to learn from')
    return takes


class _Store:
    """A data set whose last frames are remembered."""

    def __init__(self, data: LabelledVideos, table: Pixels) -> None:
        self._videos = data.videos
        self._table = table
        self._frame = lru_cache(maxsize=KEPT_FRAMES)(self._read)

    def take(self, video: int, indices: Sequence[int], rate_hz: float) -> Take:
        def labels(index: int) -> Pixels:
            return np.asarray(self._table[self._frame(video, index).labels], np.uint8)

        def weights(index: int) -> Pixels:
            return np.where(labels(index) == UNLABELLED, 0, 255).astype(np.uint8)

        def images(index: int) -> Pixels:
            return self._frame(video, index).image

        return Take(
            _LazyFrames(images, indices),
            _LazyFrames(labels, indices),
            _LazyFrames(weights, indices),
            rate_hz,
        )

    def _read(self, video: int, index: int) -> LabelledFrame:
        return self._videos[video].frame(index)


class _LazyFrames:
    """Frames that are read when asked for; see :class:`~time2general_ros.data.takes.Frames`."""

    def __init__(self, read: Callable[[int], Pixels], indices: Sequence[int]) -> None:
        self._read = read
        self._indices = indices

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self), *self[0].shape

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int, /) -> Pixels:
        return self._read(self._indices[index])

    def __iter__(self) -> Iterator[Pixels]:
        return (self._read(index) for index in self._indices)


def _step_s(video: LabelledVideo) -> float:
    """Return the usual step of the first frames in seconds; 0 if time stands still."""
    stamps = [stamp_of(video, i) for i in range(min(5, len(video)))]
    steps = [b - a for a, b in pairwise(stamps)]
    return median(steps) / NANOSECONDS if steps else 0.0
