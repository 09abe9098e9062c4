"""Pixels that two runs give different classes: fixed by the second, broken by it, or neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from time2general_ros.errors import Time2GeneralError, one_line
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import count_ids
from time2general_ros.replay.comparison.camera_frames import CameraFrames
from time2general_ros.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    import numpy.typing as npt

    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.moments import Moments

    Ids = npt.NDArray[np.uint8]


class Kind(IntEnum):
    """
    What became of a pixel that differs.

    ``FIXED``: wrong in a, right in b. ``BROKEN``: right in a, wrong in b. ``OTHER``: wrong in
    both, or void in the labels. ``UNKNOWN``: there are no labels.
    """

    FIXED = 0
    BROKEN = 1
    OTHER = 2
    UNKNOWN = 3


class FrameChange(NamedTuple):
    """
    Pixels of one frame.

    :param pixels: All of them; differs: those of two classes.
    :param kinds: How many of these are fixed, broken and other; None without labels.
    """

    pixels: int
    differs: int
    kinds: tuple[int, int, int] | None

    @property
    def direction(self) -> Kind | None:
        """The kind of most pixels that differ: other if it is no single one, None if none do."""
        if not self.differs:
            return None
        if self.kinds is None:
            return Kind.UNKNOWN
        most = max(self.kinds)
        leading = [kind for kind, pixels in zip(Kind, self.kinds, strict=False) if pixels == most]
        return leading[0] if len(leading) == 1 else Kind.OTHER


@dataclass
class Changes:
    """
    What became of pixels that differ.

    :param labelled: How many frames both runs answered that have labels.
    :param by_class: Pixels by true class: fixed, broken, all, int64 [K, 3].
    :param frames: By row of the pair: each labelled frame, and the moments; as far as they could
        be read.
    :param labels: Of some rows, in the scored classes, uint8 [H, W].
    :param notes: What could not be read.
    """

    labelled: int
    by_class: npt.NDArray[np.int64]
    frames: dict[int, FrameChange] = field(default_factory=dict)
    labels: dict[int, Ids] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def kinds_of(a: Ids, b: Ids, labels: Ids | None) -> Ids:
    """
    Tell what became of each pixel.

    :param a: Ids of the scored classes, uint8 [H, W]; b: those of the other run.
    :param labels: The true ones, 255 = void; None if it is not known.
    :returns: :class:`Kind`, uint8 [H, W]; 255 where both are of one class.
    """
    found = np.full(a.shape, UNLABELLED, np.uint8)
    differs = a != b
    found[differs] = Kind.UNKNOWN if labels is None else Kind.OTHER
    if labels is not None:
        known = differs & (labels != UNLABELLED)
        found[known & (b == labels)] = Kind.FIXED
        found[known & (a == labels)] = Kind.BROKEN
    return found


def change_of(kinds: Ids, *, has_labels: bool) -> FrameChange:
    """Count what became of the pixels of a frame, as :func:`kinds_of` gives it."""
    fixed, broken, other, unknown = count_ids(kinds)[: len(Kind)].tolist()
    if not has_labels:
        return FrameChange(kinds.size, unknown, None)
    return FrameChange(kinds.size, fixed + broken + other, (fixed, broken, other))


def find_changes(compared: Comparison, chosen: Moments) -> Changes:
    """
    Count what became of pixels, over all labelled frames and the moments.

    Masks, recordings and labels are read once more; what is not there is noted.

    :param chosen: The labels of all these frames are kept.
    """
    pair = compared.pair
    is_labelled = np.asarray(pair.a['labelled'].fill_null(False), np.bool_) & pair.shared
    wanted = is_labelled.copy()
    wanted[[*chosen.worst]] = True
    classes = len(compared.a.classes)
    found = Changes(int(is_labelled.sum()), np.zeros((classes, 3), np.int64))
    for number in np.unique(pair.camera[wanted]).tolist():
        rows = np.flatnonzero(wanted & (pair.camera == number)).tolist()
        _Camera(compared, rows, is_labelled, chosen.rows).add_to(found)
    return found


class _Camera:
    """
    One topic of one recording.

    :param rows: Of the pair, that are looked at.
    :param is_labelled: Of each row of the pair, bool [N].
    """

    def __init__(
        self,
        compared: Comparison,
        rows: Sequence[int],
        is_labelled: npt.NDArray[np.bool_],
        kept: Container[int],
    ) -> None:
        self._compared = compared
        self._rows = rows
        self._labelled = [row for row in rows if is_labelled[row]]
        self._kept = kept
        self._name = CameraFrames(compared, rows).name

    def add_to(self, changes: Changes) -> None:
        """Count all frames with their labels; without any, if these cannot be read."""
        attempts = [(self._labelled, 'what is fixed or broken')] if self._labelled else []
        for labelled, what in (*attempts, ([], 'how much differs')):
            found = Changes(0, np.zeros_like(changes.by_class))
            try:
                self._count(found, labelled)
            except Time2GeneralError as error:
                changes.notes.append(f'{self._name}: {what} is not known: {one_line(error)}')
                continue
            changes.frames |= found.frames
            changes.labels |= found.labels
            changes.by_class += found.by_class
            return

    def _count(self, found: Changes, labelled: Sequence[int]) -> None:
        frames = CameraFrames(self._compared, self._rows)
        truth, with_labels = self._truth(labelled), {*labelled}
        a, b = (frames.masks(run) for run in (self._compared.a, self._compared.b))
        for row, one, other in zip(self._rows, a, b, strict=True):
            labels = next(truth) if row in with_labels else None
            kinds = kinds_of(one, other, labels)
            found.frames[row] = change_of(kinds, has_labels=labels is not None)
            if labels is None:
                continue
            for column, place in enumerate((kinds == Kind.FIXED, kinds == Kind.BROKEN, ...)):
                found.by_class[:, column] += count_ids(labels[place])[: len(found.by_class)]
            if row in self._kept:
                found.labels[row] = labels

    def _truth(self, rows: Sequence[int]) -> Iterator[Ids]:
        """Read the labels of some frames, and make sure that they are those of the replay."""
        if not rows:
            return
        confusion = self._compared.pair.a['confusion'].take(rows).to_pylist()
        pictures = CameraFrames(self._compared, rows).pictures(with_labels=True)
        for row, counted in zip(rows, confusion, strict=True):
            found, picture = next(pictures, (None, None))
            labels = picture.labels if picture is not None and found == row else None
            if labels is None or _pixels(labels) != _counted(counted):
                raise ReplayError('its labels have changed since it was replayed')
            yield labels


def _pixels(labels: Ids) -> dict[int, int]:
    """Count the pixels of each true class."""
    counts = count_ids(labels)
    return {int(index): int(counts[index]) for index in np.flatnonzero(counts[:UNLABELLED])}


def _counted(listed: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Add up the pixels of each true class as they stand in the rows of the run."""
    pixels: dict[int, int] = {}
    for entry in listed:
        pixels[entry['truth']] = pixels.get(entry['truth'], 0) + entry['pixels']
    return pixels
