"""Data sets and folders of images as sources; labels come with them."""

from __future__ import annotations

from dataclasses import replace
import hashlib
from time import perf_counter
from typing import TYPE_CHECKING

from time2general_ros.checksum import sha256
from time2general_ros.data.file_video import FileVideo, FramePaths
from time2general_ros.data.frame_times import check_times, time_in_name
from time2general_ros.data.labelled_video import (
    DataError,
    IndexedVideo,
    files_of_data,
    files_of_videos,
    labelled_frames,
    stamp_of,
)
from time2general_ros.evaluation.evaluate import shown_frames
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.sources.file_names import check_file_names
from time2general_ros.replay.sources.names import topic_name
from time2general_ros.replay.sources.source import Picture, is_chosen
from time2general_ros.replay.sources.window import NS_PER_S
from time2general_ros.streaming.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.bags.channel import Channel
    from time2general_ros.data.labelled_video import LabelledVideo, LabelledVideos
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.sources.source import Copied
    from time2general_ros.replay.sources.truth import Truth
    from time2general_ros.replay.sources.window import Window

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png')
# Between two videos whose stamps do not follow each other, in the log times of the output.
_BREAK_NS = 2 * NS_PER_S


class DataSource:
    """
    Videos of one camera, one after the other; see :class:`~.source.Source`.

    :param label_set: Of the labels that come with the videos; None if none do.
    :param text: As it was given: the fingerprint of what is not made of files.
    :param files: All that the videos and their labels are read from.
    :raises ReplayError: if the name of one is not UTF-8.
    """

    has_clock = True
    damage = None
    channels: Sequence[Channel] = ()

    def __init__(
        self,
        name: str,
        text: str,
        kind: str,
        videos: Sequence[LabelledVideo],
        window: Window,
        *,
        label_set: LabelSet | None,
        files: Sequence[Path],
        note: str | None = None,
    ) -> None:
        check_file_names(name, *files)
        self.name, self.path, self.kind, self.note = name, text, kind, note
        self.topics: Sequence[str] = (topic_name(name),)
        self.truth: Truth | None = None
        self._videos = videos
        self._files = files
        self._window = window
        self._label_set = label_set
        self.first_ns = stamp_of(videos[0], 0) if videos and len(videos[0]) else 0

    @property
    def label_set(self) -> LabelSet | None:
        """The classes of the labels."""
        return self.truth.label_set if self.truth else self._label_set

    @property
    def total(self) -> int:
        """How many images will come, if no time is cut off."""
        return sum(len(shown_frames(video, self._window.every)) for video in self._videos)

    @property
    def duration_s(self) -> float | None:
        """How long all videos are together, as far as they tell before they are read."""
        if not all(isinstance(video, IndexedVideo) for video in self._videos):
            return None
        ends = (
            (stamp_of(one, 0), stamp_of(one, len(one) - 1)) for one in self._videos if len(one)
        )
        return sum(last - first for first, last in ends) / NS_PER_S

    @property
    def count(self) -> int:
        """How many frames there are."""
        return sum(len(video) for video in self._videos)

    def fingerprint(self) -> str:
        """Return the SHA-256 of all files with their names, or of the specification if none."""
        if not self._files:
            return hashlib.sha256(self.path.encode()).hexdigest()
        return sha256(*self._files, with_names=True)

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def items(
        self, skip: int = 0, only: Container[int] | None = None
    ) -> Iterator[Picture | Copied]:
        """Read the frames of all videos."""
        message = count = 0
        last_ns: int | None = None
        for number, video in enumerate(self._videos):
            first_ns = stamp_of(video, 0)
            shift_ns = 0
            if last_ns is not None and first_ns <= last_ns:
                shift_ns = last_ns + _BREAK_NS - first_ns
            shown: range | None = None
            labelled = set(labelled_frames(video)) if self._label_set else set()
            for index in range(len(video)):
                stamp_ns = stamp_of(video, index)
                last_ns = stamp_ns + shift_ns
                message += 1
                if not self._window.holds(last_ns, self.first_ns):
                    continue
                # Counted from the first one inside of the window on.
                shown = shown or shown_frames(video, self._window.every, index)
                if index not in shown:
                    continue
                count += 1
                if not is_chosen(count - 1, skip, only):
                    continue
                place = message - 1, number, stamp_ns, last_ns
                yield self._picture(video, index, place, is_labelled=index in labelled)

    def _picture(
        self,
        video: LabelledVideo,
        index: int,
        place: tuple[int, int, int, int],
        *,
        is_labelled: bool,
    ) -> Picture:
        message, number, stamp_ns, log_time_ns = place
        topic = self.topics[0]
        began = perf_counter()
        try:
            frame = video.frame(index)
        except DataError as error:
            refused = 'file', str(error)
            return Picture(topic, message, log_time_ns, stamp_ns, None, refused, video=number)
        decode_ms = 1e3 * (perf_counter() - began)
        picture = Picture(
            topic,
            message,
            log_time_ns,
            stamp_ns,
            Frame(frame.image, stamp_ns, '', topic),
            labels=frame.labels if is_labelled else None,
            video=number,
            name=frame.name,
            decode_ms=decode_ms,
        )
        return picture if self.truth is None else _labelled(picture, self.truth)


def _labelled(picture: Picture, truth: Truth) -> Picture:
    return replace(picture, labels=truth.at(picture))


def open_images(folder: Path, text: str, window: Window, rate_hz: float) -> DataSource:
    """
    Open a folder of images, each sequence by the beginning of its names a video.

    :param rate_hz: What a number in a name counts: 1 / rate_hz s.
    :raises ReplayError: if there are no images, or their names tell no times.
    """
    sequences: dict[str, list[FramePaths]] = {}
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES)
    try:
        for file in files:
            sequence, stamp_ns = time_in_name(file, rate_hz)
            sequences.setdefault(sequence, []).append(FramePaths(file, None, stamp_ns))
        for frames in sequences.values():
            check_times(frames, rate_hz)
    except DataError as error:
        raise ReplayError(str(error)) from error
    videos = [
        FileVideo(sorted(sequences[name], key=lambda frame: frame.stamp_ns), _no_labels)
        for name in sorted(sequences)
    ]
    if not videos:
        raise ReplayError(f'{folder} holds no images *.jpg or *.png')
    name = folder.resolve().name
    return DataSource(
        name, text, 'images', videos, window, label_set=None, files=files_of_videos(videos)
    )


def _no_labels(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    raise DataError(f'{path} is no label map of an image of {size}')


def open_data_source(
    data: LabelledVideos, text: str, window: Window, note: str | None
) -> DataSource:
    """Take a data set as a source."""
    name = text.replace('/', '_').rstrip('_')
    return DataSource(
        name,
        text,
        'data',
        data.videos,
        window,
        label_set=data.label_set,
        files=files_of_data(data),
        note=note,
    )
