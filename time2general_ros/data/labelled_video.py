"""What every labelled data set offers: videos of frames with labels and stamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet


class DataError(Time2GeneralError):
    """A data set is incomplete, unreadable or not what its description says."""

    def __str__(self) -> str:
        """Keep to one line of text, whatever the name of a file holds."""
        text = super().__str__()
        return ''.join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@dataclass(frozen=True)
class LabelledFrame:
    """
    One image with the class of each of its pixels.

    :param name: Where the frame is from, for messages.
    :param image: RGB, uint8 [H, W, 3].
    :param labels: Ids of the data set's label set, uint8 [H, W], 255 = void.
    :param stamp_ns: Acquisition time in nanoseconds.
    """

    name: str
    image: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    stamp_ns: int


class LabelledVideo(Protocol):
    """One unbroken recording of one camera, in order of time."""

    @property
    def name(self) -> str:
        """Name of the recording."""

    def __len__(self) -> int:
        """Return the number of frames."""

    def frame(self, index: int) -> LabelledFrame:
        """
        Read one frame.

        :raises DataError: if its files are damaged or hold unknown ids.
        """


@runtime_checkable
class IndexedVideo(LabelledVideo, Protocol):
    """A video that knows its frames before they are read, and of which some may have no labels."""

    @property
    def labelled(self) -> Sequence[int]:
        """Indices of the labelled frames, ascending; all labels of the others are 255."""

    def stamp_ns(self, index: int) -> int:
        """Return the acquisition time of a frame in nanoseconds."""


@runtime_checkable
class Filed(Protocol):
    """A video, or a data set, that lies in files."""

    @property
    def files(self) -> Sequence[Path]:
        """All files that it is made of."""


def files_of_videos(videos: Iterable[LabelledVideo]) -> list[Path]:
    """Return the files that videos are made of, each once; none for what is made up."""
    filed = (video for video in videos if isinstance(video, Filed))
    return [*dict.fromkeys(file for video in filed for file in video.files)]


def labelled_frames(video: LabelledVideo) -> Sequence[int]:
    """Return the indices of the labelled frames: all, unless the video says otherwise."""
    return video.labelled if isinstance(video, IndexedVideo) else range(len(video))


def stamp_of(video: LabelledVideo, index: int) -> int:
    """Return the acquisition time of a frame in nanoseconds, reading the frame only if needed."""
    if isinstance(video, IndexedVideo):
        return video.stamp_ns(index)
    return video.frame(index).stamp_ns


class LabelledVideos(Protocol):
    """A data set: some recordings labelled in the same classes."""

    @property
    def label_set(self) -> LabelSet:
        """The classes of the labels."""

    @property
    def videos(self) -> Sequence[LabelledVideo]:
        """The recordings, in a fixed order."""


def files_of_data(data: LabelledVideos) -> list[Path]:
    """Return the files that a data set is made of, each once; none for what is made up."""
    return (
        [*dict.fromkeys(data.files)] if isinstance(data, Filed) else files_of_videos(data.videos)
    )
