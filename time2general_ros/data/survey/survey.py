"""Everything about one part of a data set, from reading it once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.labelled_video import DataError, labelled_frames, stamp_of
from time2general_ros.data.survey.likeness import look_of
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import count_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame, LabelledVideo, LabelledVideos
    from time2general_ros.labels.label_set import LabelSet

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class DriveFacts:
    """
    What one drive holds.

    :param pixels: Pixels of each class in its labels, int64 [classes].
    :param longest: Frames of its longest video; 1 if it has stills alone.
    """

    frames: int
    labelled: int
    pixels: npt.NDArray[np.int64]
    longest: int = 1


@dataclass
class Survey:
    """
    What one part of a data set holds.

    :param videos: Unbroken recordings; stills: those of a single frame.
    :param rates_hz: Of every video of several frames, by its usual step.
    :param uneven: Steps in time that differ from the usual one of their video by over a half.
    :param standing: Steps in time of nothing.
    :param pixels: Pixels of each class, int64 [classes]; images: labelled frames that hold it.
    :param void: Pixels of no class in labelled frames; all_void: the frames that have no other.
    :param sizes: Labelled and other frames by (width, height).
    :param looks: Names of labelled frames and what they look like, see :func:`look_of`.
    :param faults: What could not be read, one line each.
    :param notes: What the reader of the data counted.
    """

    label_set: LabelSet
    frames: int = 0
    labelled: int = 0
    videos: int = 0
    stills: int = 0
    rates_hz: list[float] = field(default_factory=list)
    uneven: int = 0
    standing: int = 0
    pixels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    images: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    void: int = 0
    all_void: list[str] = field(default_factory=list)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    drives: dict[str, DriveFacts] = field(default_factory=dict)
    looks: list[tuple[str, npt.NDArray[np.uint8]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def class_drives(self) -> npt.NDArray[np.int64]:
        """How many drives hold each class, int64 [classes]."""
        held = [facts.pixels > 0 for facts in self.drives.values()]
        return np.sum(held, axis=0, dtype=np.int64) if held else np.zeros_like(self.pixels)

    @property
    def labelled_pixels(self) -> int:
        """All pixels of labelled frames."""
        return int(self.pixels.sum()) + self.void


def survey(
    data: LabelledVideos,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
    on_labelled: Callable[[LabelledFrame], None] = lambda frame: None,
) -> Survey:
    """
    Read every frame of a data set once.

    A frame that cannot be read is a fault, and the next is read.

    :param on_frame: Called after each frame with the number done and the number in all.
    :param on_labelled: Called with each labelled frame.
    """
    classes = len(data.label_set)
    found = Survey(
        data.label_set, pixels=np.zeros(classes, np.int64), images=np.zeros(classes, np.int64)
    )
    total = sum(len(video) for video in data.videos)
    for video in data.videos:
        labelled = {*labelled_frames(video)}
        pixels = np.zeros(classes, np.int64)
        stamps = []
        for index in range(len(video)):
            try:
                stamps.append(stamp_of(video, index))
                frame = video.frame(index)
            except DataError as error:
                found.faults.append(str(error))
            else:
                height, width = frame.labels.shape
                found.sizes[width, height] += 1
                if index in labelled:
                    found.looks.append((frame.name, look_of(frame.image)))
                    pixels += _count(found, frame)
                    on_labelled(frame)
            found.frames += 1
            on_frame(found.frames, total)
        _count_video(found, video, len(labelled), pixels, stamps)
    found.notes = Counter(getattr(data, 'notes', {}))
    return found


def drive_of(video: LabelledVideo) -> str:
    """Name the recording that a video is part of; its own name where data does not tell."""
    return str(getattr(video, 'drive', video.name))


def _count(found: Survey, frame: LabelledFrame) -> npt.NDArray[np.int64]:
    counts = count_ids(frame.labels)
    pixels = counts[: len(found.pixels)]
    found.pixels += pixels
    found.images += pixels > 0
    found.void += int(counts[UNLABELLED])
    if not pixels.any():
        found.all_void.append(frame.name)
    return pixels


def _count_video(
    found: Survey,
    video: LabelledVideo,
    labelled: int,
    pixels: npt.NDArray[np.int64],
    stamps: Sequence[int],
) -> None:
    found.labelled += labelled
    found.videos += 1
    found.stills += len(video) == 1
    steps = [b - a for a, b in pairwise(stamps)]
    if steps:
        usual = median(steps)
        found.standing += sum(step <= 0 for step in steps)
        found.uneven += sum(abs(step - usual) > usual / 2 for step in steps)
        if usual > 0:
            found.rates_hz.append(NANOSECONDS / usual)
    drive = drive_of(video)
    before = found.drives.get(drive, DriveFacts(0, 0, np.zeros_like(pixels)))
    found.drives[drive] = DriveFacts(
        before.frames + len(video),
        before.labelled + labelled,
        before.pixels + pixels,
        max(before.longest, len(video)),
    )
