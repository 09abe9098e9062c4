"""A labelled video as two folders: images and label maps of the same names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
import re
from statistics import median
from typing import TYPE_CHECKING

from time2general_ros.data.label_maps import read_ids, read_image
from time2general_ros.data.labelled_video import DataError, LabelledFrame
from time2general_ros.data.labels import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from time2general_ros.data.labels import LabelSet

NANOSECONDS = 1_000_000_000
NUMBERED = re.compile(r'(?P<sequence>.*?)(?P<number>\d+)')


@dataclass(frozen=True)
class _Entry:
    """One frame on disk; its number counts frames of the original video."""

    sequence: str
    number: int
    image: Path
    labels: Path


class FrameFolder:
    """
    The labelled videos of one split: ``<split>/images/*.jpg|png`` and ``<split>/labels/*.png``.

    A name ends in the number of the frame in its original video; what stands before the number
    names the sequence. A sequence with a hole of more than three usual steps becomes two videos.

    :param path: Folder that holds the splits.
    :param label_set: Classes of the label maps; id k is class k.
    :param void_id: The id that stands for void.
    :param rate_hz: Frames per second of the original video.
    :raises DataError: if a folder, an image or a label map is missing, or a name has no number.
    """

    def __init__(
        self, path: Path, split: str, label_set: LabelSet, *, void_id: int, rate_hz: float
    ) -> None:
        self.label_set = label_set
        runs = _unbroken_runs(_pair(_find_split(path, split)))
        self.videos = [_FolderVideo(run, len(label_set), void_id, rate_hz) for run in runs]


class _FolderVideo:
    """An unbroken run of frames of one sequence."""

    def __init__(
        self, entries: Sequence[_Entry], classes: int, void_id: int, rate_hz: float
    ) -> None:
        self.name = entries[0].image.stem
        self._entries = entries
        self._classes = classes
        self._void_id = void_id
        self._rate_hz = rate_hz

    def __len__(self) -> int:
        return len(self._entries)

    def frame(self, index: int) -> LabelledFrame:
        """Read one frame; see :class:`~time2general_ros.data.labelled_video.LabelledVideo`."""
        entry = self._entries[index]
        image = read_image(entry.image)
        size = (image.shape[0], image.shape[1])
        labels = read_ids(entry.labels, size, self._classes, self._void_id)
        labels[labels == self._void_id] = UNLABELLED
        return LabelledFrame(
            name=entry.image.stem,
            image=image,
            labels=labels,
            stamp_ns=round(entry.number * NANOSECONDS / self._rate_hz),
        )


def _find_split(path: Path, split: str) -> Path:
    if not path.is_dir():
        raise DataError(f'there is no data folder {path}')
    folder = path / split
    if not folder.is_dir():
        splits = sorted(p.name for p in path.iterdir() if (p / 'images').is_dir())
        raise DataError(
            f'{path} has no split {split!r}; there are: {", ".join(splits) or "none"} '
            '(a split is a folder with images/ and labels/)'
        )
    return folder


def _list(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f'there is no folder {folder}; it holds the *{", *".join(suffixes)} files')
    return {p.stem: p for p in sorted(folder.iterdir()) if p.suffix.lower() in suffixes}


def _pair(folder: Path) -> list[_Entry]:
    images = _list(folder / 'images', ('.jpg', '.jpeg', '.png'))
    labels = _list(folder / 'labels', ('.png',))
    if not images:
        raise DataError(f'{folder / "images"} has no *.jpg or *.png files')
    missing = [folder / 'labels' / f'{name}.png' for name in images if name not in labels]
    missing += [folder / 'images' / f'{name}.jpg' for name in labels if name not in images]
    if missing:
        more = f' and {len(missing) - 3} more' if len(missing) > 3 else ''
        names = ', '.join(str(file) for file in missing[:3])
        raise DataError(
            f'each image needs its label map and each map its image; missing: {names}{more}'
        )
    return [_entry(image, labels[name]) for name, image in images.items()]


def _entry(image: Path, labels: Path) -> _Entry:
    match = NUMBERED.fullmatch(image.stem)
    if match is None:
        raise DataError(
            f'the name of {image} does not end in a frame number; '
            'name frames SEQUENCE_NUMBER, since stamps are made from the number'
        )
    return _Entry(match['sequence'], int(match['number']), image, labels)


def _unbroken_runs(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    sequences: dict[str, list[_Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.sequence, e.number)):
        sequences.setdefault(entry.sequence, []).append(entry)
    runs = []
    for sequence in sequences.values():
        steps = [b.number - a.number for a, b in pairwise(sequence)]
        limit = 3 * median(steps) if steps else 0
        cuts = [i + 1 for i, step in enumerate(steps) if step > limit]
        bounds = [0, *cuts, len(sequence)]
        runs += [sequence[a:b] for a, b in pairwise(bounds)]
    return runs
