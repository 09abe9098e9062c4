"""Ground truth for a recording, wherever it lies."""

from __future__ import annotations

from bisect import bisect_left
import re
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from time2general_ros.data.frame_times import ERA_S, time_in_name
from time2general_ros.data.label_maps import read_map
from time2general_ros.data.labelled_video import DataError, labelled_frames, stamp_of
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.messages.stamps import NS_PER_S
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.replay.sources.source import Picture

    Labels = npt.NDArray[np.uint8]

# A label belongs to an image whose stamp differs by rounding only.
TOLERANCE_NS = 500_000


class Truth(Protocol):
    """Where the labels of images come from."""

    label_set: LabelSet

    def at(self, picture: Picture) -> Labels | None:
        """
        Find the labels of an image, asked for in order of time.

        :returns: Ids, uint8 [H, W], 255 = void; None if there are none for it.
        :raises ReplayError: if they are of another size or hold unknown ids.
        """


class Ids:
    """
    Checks label maps.

    :param void: Ids that stand for void, beside 255.
    """

    def __init__(self, label_set: LabelSet, void: Sequence[int] = ()) -> None:
        self.label_set = label_set
        self._table = np.arange(256, dtype=np.int16)
        self._table[len(label_set) :] = -1
        self._table[[*void, UNLABELLED]] = UNLABELLED

    def check(self, name: str, ids: npt.NDArray[Any], size: tuple[int, int]) -> Labels:
        """
        Return the ids of a map with all void as 255.

        :param size: Height and width of the image.
        :raises ReplayError: if it is of another size, or holds other ids.
        """
        if ids.shape != size:
            raise ReplayError(
                f'the labels {name} are {ids.shape[1]}x{ids.shape[0]} but their image is '
                f'{size[1]}x{size[0]}; bring them to the size of the image, by nearest neighbour'
            )
        checked = self._table[ids]
        if checked.min(initial=0) < 0:
            wrong = ', '.join(map(str, np.unique(ids[checked < 0])))
            raise ReplayError(
                f'the labels {name} hold unknown ids: {wrong}; {self.label_set.name} has 0 to '
                f'{len(self.label_set) - 1} and 255 for void: choose with --label-set, or give '
                '--void-id'
            )
        return np.asarray(checked, np.uint8)


class VideosTruth:
    """
    Labels of a data set, by the stamps of its frames, or in their order if no stamp agrees.

    :param count: Number of images in the recording.
    :raises ReplayError: if neither stamps nor numbers of frames agree.
    """

    def __init__(self, data: LabelledVideos, first_stamp_ns: int, count: int) -> None:
        self.label_set = data.label_set
        self._data = data
        frames = [
            (stamp_of(video, index), number, index)
            for number, video in enumerate(data.videos)
            for index in labelled_frames(video)
        ]
        self._in_order = [place[1:] for place in frames]
        self._by_stamp = sorted(frames)
        self._stamps = [place[0] for place in self._by_stamp]
        self._is_ordered = self._near(first_stamp_ns) is None and len(frames) == count
        if not self._is_ordered and not self._overlaps(first_stamp_ns):
            raise ReplayError(
                f'the labels are of other frames: {len(frames)} from {self._stamps[:1]} ns on, '
                f'and {count} images from {first_stamp_ns} ns on; give labels with the stamps of '
                'the images, or one for each of them'
            )

    def at(self, picture: Picture) -> Labels | None:
        """Find the labels of an image."""
        assert picture.frame
        place = self._place(picture)
        if place is None:
            return None
        frame = self._data.videos[place[0]].frame(place[1])
        if frame.labels.shape != picture.frame.size:
            height, width = picture.frame.size
            raise ReplayError(
                f'the labels of {frame.name} are {frame.labels.shape[1]}x{frame.labels.shape[0]} '
                f'but their image is {width}x{height}; bring them to the size of the image'
            )
        return frame.labels

    def _place(self, picture: Picture) -> tuple[int, int] | None:
        assert picture.frame
        if not self._is_ordered:
            return self._near(picture.frame.stamp_ns)
        return self._in_order[picture.message] if picture.message < len(self._in_order) else None

    def _near(self, stamp: int) -> tuple[int, int] | None:
        index = _place_near(self._stamps, stamp)
        return None if index is None else self._by_stamp[index][1:]

    def _overlaps(self, first_ns: int) -> bool:
        day_ns = 86_400 * NS_PER_S
        return any(first_ns - NS_PER_S <= stamp <= first_ns + day_ns for stamp in self._stamps)


class FolderTruth:
    """
    Label maps in a folder, ``*.png``.

    A map belongs to the image of its name; to that whose stamp is the time in its name; or, if
    there are as many as images, to that of its place among the names; else the number in its name
    counts images from 0.

    :param count: Number of images in the recording.
    :raises ReplayError: if the folder holds no map.
    """

    def __init__(self, folder: Path, ids: Ids, count: int) -> None:
        self.label_set = ids.label_set
        self._ids = ids
        files = label_maps(folder)
        if not files:
            raise ReplayError(f'{folder} holds no label maps *.png; name another with --labels')
        self._by_name = {file.stem: file for file in files}
        self._by_stamp = sorted(
            (stamp, file) for file in files if (stamp := _stamp_in(file)) is not None
        )
        self._stamps = [stamp for stamp, _ in self._by_stamp]
        numbers = dict(enumerate(files))
        if len(files) != count:
            numbers = {number: f for f in files if (number := _number_in(f)) is not None}
        self._by_number = numbers

    def at(self, picture: Picture) -> Labels | None:
        """Find the labels of an image."""
        assert picture.frame
        if picture.name is not None:
            file = self._by_name.get(picture.name)
        elif self._by_stamp:
            index = _place_near(self._stamps, picture.frame.stamp_ns)
            file = None if index is None else self._by_stamp[index][1]
        else:
            file = self._by_number.get(picture.message)
        if file is None:
            return None
        try:
            ids = read_map(file, picture.frame.size)
        except DataError as error:
            raise ReplayError(str(error)) from error
        return self._ids.check(str(file), ids, picture.frame.size)


def label_maps(folder: Path) -> list[Path]:
    """Return the label maps of a folder, by name."""
    return sorted(folder.glob('*.png'))


def _place_near(stamps: Sequence[int], stamp: int) -> int | None:
    """Find the first of some ascending stamps that differs from one by rounding only."""
    index = bisect_left(stamps, stamp - TOLERANCE_NS)
    is_near = index < len(stamps) and stamps[index] <= stamp + TOLERANCE_NS
    return index if is_near else None


def _stamp_in(file: Path) -> int | None:
    """Read a time of this century in a name."""
    try:
        stamp = time_in_name(file, 30.0)[1]
    except DataError:
        return None
    return stamp if stamp // NS_PER_S in ERA_S else None


def _number_in(file: Path) -> int | None:
    match = re.search(r'(\d{1,15})$', file.stem)
    return int(match[1]) if match else None
