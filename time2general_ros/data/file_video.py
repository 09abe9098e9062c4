"""Videos whose frames and label maps are files, read when asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from time2general_ros.data.label_maps import read_image
from time2general_ros.data.labelled_video import DataError, LabelledFrame, files_of_videos
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet

    # Reads a label map of the size of its image (height, width) as ids, uint8 [H, W], 255 = void.
    LabelReader = Callable[[Path, tuple[int, int]], npt.NDArray[np.uint8]]

NANOSECONDS = 1_000_000_000
LAST_NS = (1 << 63) - 1
# A step of more than this many usual ones is a hole; a little more for rounded stamps.
LONGEST_STEP = 3.01


class HasStamp(Protocol):
    """Something that was taken at a time."""

    @property
    def stamp_ns(self) -> int:
        """Acquisition time in nanoseconds."""


Timed = TypeVar('Timed', bound=HasStamp)


@dataclass(frozen=True)
class FramePaths:
    """
    One frame on disk.

    :param labels: None if the frame has no label map.
    :param stamp_ns: Acquisition time in nanoseconds.
    :param stamp_file: A text file that holds the time instead.
    :param drive: The recording that it belongs to; its name if not given.
    """

    image: Path
    labels: Path | None
    stamp_ns: int = 0
    stamp_file: Path | None = None
    drive: str | None = None


class FileVideo:
    """
    Consecutive frames of one camera; see :class:`~.labelled_video.IndexedVideo`.

    :param frames: At least one, in order of time.
    :param read_labels: How label maps are read.
    :param cut_bottom: Rows to cut off at the bottom of images and maps.
    """

    def __init__(
        self, frames: Sequence[FramePaths], read_labels: LabelReader, cut_bottom: int = 0
    ) -> None:
        self.name = frames[0].image.stem
        self.drive = self.name if frames[0].drive is None else frames[0].drive
        self.labelled = [i for i, frame in enumerate(frames) if frame.labels is not None]
        self._frames = frames
        self._read_labels = read_labels
        self._cut_bottom = cut_bottom

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def files(self) -> list[Path]:
        """All files of its frames, in their order."""
        parts = ((frame.image, frame.labels, frame.stamp_file) for frame in self._frames)
        return [file for frame in parts for file in frame if file is not None]

    def stamp_ns(self, index: int) -> int:
        """
        Return the acquisition time of a frame in nanoseconds.

        :raises DataError: if the file that holds it is missing or holds no whole number.
        """
        frame = self._frames[index]
        if frame.stamp_file is None:
            return frame.stamp_ns
        try:
            stamp_ns = int(frame.stamp_file.read_text(encoding='utf-8'))
            if not 0 <= stamp_ns <= LAST_NS:
                raise ValueError('it is negative or has more than 63 bits')
            return stamp_ns
        except (OSError, ValueError) as error:
            raise DataError(
                f'{frame.stamp_file} should hold the time of {frame.image.name} as a whole '
                f'number of nanoseconds: {error}'
            ) from error

    def frame(self, index: int) -> LabelledFrame:
        """Read one frame; see :class:`~time2general_ros.data.labelled_video.LabelledVideo`."""
        paths = self._frames[index]
        image = read_image(paths.image)
        size = (image.shape[0], image.shape[1])
        if paths.labels is None:
            labels = np.full(size, UNLABELLED, np.uint8)
        else:
            labels = self._read_labels(paths.labels, size)
        rows = max(1, size[0] - self._cut_bottom)
        return LabelledFrame(paths.image.stem, image[:rows], labels[:rows], self.stamp_ns(index))


@dataclass(frozen=True)
class FileVideos:
    """
    A data set of files; see :class:`~.labelled_video.LabelledVideos`.

    :param notes: What is counted while frames are read, by what it is.
    :param beside: Files beside those of the frames that say what their labels are.
    """

    label_set: LabelSet
    videos: Sequence[FileVideo]
    notes: Counter[str] = field(default_factory=Counter, compare=False)
    beside: tuple[Path, ...] = ()

    @property
    def files(self) -> list[Path]:
        """All files that it is made of."""
        return [*files_of_videos(self.videos), *self.beside]


def unbroken_runs(frames: Iterable[Timed], longest_s: float | None = None) -> list[list[Timed]]:
    """
    Sort the frames of one camera by time and cut them where some are missing.

    :param longest_s: The longest step inside a run in seconds; three usual steps if not given.
    """
    ordered = sorted(frames, key=lambda frame: frame.stamp_ns)
    steps = [b.stamp_ns - a.stamp_ns for a, b in pairwise(ordered)]
    if longest_s is None:
        limit = LONGEST_STEP * median(steps) if steps else 0
    else:
        limit = longest_s * NANOSECONDS
    cuts = [i + 1 for i, step in enumerate(steps) if step > limit]
    return [ordered[a:b] for a, b in pairwise([0, *cuts, len(ordered)])]
