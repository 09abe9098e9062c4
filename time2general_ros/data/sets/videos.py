"""Video files without labels, for what can be measured along their own motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError, LabelledFrame
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from time2general_ros.labels.label_set import LabelSet

NANOSECONDS = 1_000_000_000


class UnlabelledVideo:
    """
    A video file; see :class:`~time2general_ros.data.labelled_video.IndexedVideo`.

    Frames are read in order fastest.

    :param most: No more frames than that, from the beginning; None for all.
    :raises DataError: if it cannot be opened or tells no frame rate.
    """

    labelled: Sequence[int] = ()

    def __init__(self, file: Path, most: int | None = None) -> None:
        self.name = file.stem
        self.files = (file,)
        self._file = file
        self._capture = cv2.VideoCapture(str(file))
        self._rate_hz = self._capture.get(cv2.CAP_PROP_FPS)
        self._count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self._next = 0
        if not self._capture.isOpened() or self._rate_hz <= 0 or self._count <= 0:
            raise DataError(f'{file} cannot be read as a video; fetch it again')
        if most is not None:
            self._count = min(self._count, most)

    def __len__(self) -> int:
        return self._count

    def stamp_ns(self, index: int) -> int:
        """Return the time of a frame from the beginning in nanoseconds."""
        return round(index * NANOSECONDS / self._rate_hz)

    def frame(self, index: int) -> LabelledFrame:
        """Read one frame; see :class:`~time2general_ros.data.labelled_video.LabelledVideo`."""
        if index < self._next:
            self._capture = cv2.VideoCapture(str(self._file))
            self._next = 0
        while self._next < index and self._capture.grab():
            self._next += 1
        read, pixels = self._capture.read()
        self._next += 1
        if not read or self._next != index + 1:
            raise DataError(f'{self._file} holds no frame {index} that can be decoded')
        image = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
        labels = np.full(image.shape[:2], UNLABELLED, np.uint8)
        return LabelledFrame(f'{self.name} {index}', image, labels, self.stamp_ns(index))


@dataclass(frozen=True)
class UnlabelledVideos:
    """Videos; see :class:`~time2general_ros.data.labelled_video.LabelledVideos`."""

    label_set: LabelSet
    videos: Sequence[UnlabelledVideo]


def open_videos(path: Path, split: str) -> UnlabelledVideos:
    """
    Open a video file, or all ``*.mp4`` of a folder by name.

    :param split: Of no meaning here.
    :raises DataError: if there is none, or one cannot be read.
    """
    del split
    return UnlabelledVideos(street_labels(), [UnlabelledVideo(file) for file in video_files(path)])


def video_files(path: Path) -> list[Path]:
    """
    List a video file, or all ``*.mp4`` of a folder by name.

    :raises DataError: if there is none.
    """
    files = sorted(path.glob('*.mp4')) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise DataError(f'{path} is neither a video nor a folder with *.mp4')
    return files
