"""A labelled data set as a corrupted camera would have recorded it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from time2general_ros.data.labelled_video import labelled_frames, stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from time2general_ros.data.corruptions.corruption import CorruptedVideo, Corruption
    from time2general_ros.data.labelled_video import LabelledFrame, LabelledVideo, LabelledVideos
    from time2general_ros.labels.label_set import LabelSet


class CorruptedVideos:
    """
    The videos of a data set with every image corrupted; labels and stamps are kept.

    A frame has the same pixels whichever frames were read before it, so that every temporal stride
    sees the same recording.
    """

    def __init__(self, data: LabelledVideos, corruption: Corruption) -> None:
        self.label_set: LabelSet = data.label_set
        # Layers as large as an image are kept for the video that is read and for no other.
        start_video = lru_cache(maxsize=1)(corruption.start_video)
        self.videos: Sequence[LabelledVideo] = [
            _CorruptedLabelledVideo(video, start_video) for video in data.videos
        ]


class _CorruptedLabelledVideo:
    """See :class:`~time2general_ros.data.labelled_video.IndexedVideo`."""

    def __init__(self, video: LabelledVideo, start_video: Callable[[str], CorruptedVideo]) -> None:
        self._video = video
        self._start_video = start_video

    @property
    def name(self) -> str:
        return self._video.name

    @property
    def labelled(self) -> Sequence[int]:
        return labelled_frames(self._video)

    def __len__(self) -> int:
        return len(self._video)

    def stamp_ns(self, index: int) -> int:
        return stamp_of(self._video, index)

    def frame(self, index: int) -> LabelledFrame:
        frame = self._video.frame(index)
        return replace(frame, image=self._start_video(self.name).apply(frame.image, index))
