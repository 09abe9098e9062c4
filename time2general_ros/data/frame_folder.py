"""A labelled video as two folders: images and label maps of the same names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import NANOSECONDS, FileVideo, FramePaths, unbroken_runs
from time2general_ros.data.label_maps import read_ids
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.labels import UNLABELLED

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.labels import LabelSet

NUMBERED = re.compile(r'(?P<sequence>.*?)(?P<number>\d+)')


class FrameFolder:
    """
    The labelled videos of one split: ``<split>/images/*.jpg|png`` and ``<split>/labels/*.png``.

    A name ends in the number of the frame in its original video; what stands before the number
    names the sequence. A sequence with a hole of more than three usual steps becomes two videos.

    :param path: Folder that holds the splits.
    :param label_set: Classes of the label maps; id k is class k.
    :param void_id: The id that stands for void.
    :param rate_hz: Frames per second of the original video.
    :param all_labelled: Insist on a label map for every image.
    :raises DataError: if a folder, an image or a label map is missing, or a name has no number.
    """

    def __init__(
        self,
        path: Path,
        split: str,
        label_set: LabelSet,
        *,
        void_id: int,
        rate_hz: float,
        all_labelled: bool = True,
    ) -> None:
        self.label_set = label_set
        sequences: dict[str, list[FramePaths]] = {}
        for image, labels in _pair(_find_split(path, split), all_labelled):
            sequence, number = _numbered(image)
            stamp_ns = round(number * NANOSECONDS / rate_hz)
            sequences.setdefault(sequence, []).append(FramePaths(image, labels, stamp_ns))

        def read(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
            ids = read_ids(path, size, len(label_set), void_id)
            ids[ids == void_id] = UNLABELLED
            return ids

        runs = [run for name in sorted(sequences) for run in unbroken_runs(sequences[name])]
        self.videos = [FileVideo(run, read) for run in runs]


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


def _pair(folder: Path, all_labelled: bool) -> list[tuple[Path, Path | None]]:
    images = _list(folder / 'images', ('.jpg', '.jpeg', '.png'))
    labels = _list(folder / 'labels', ('.png',))
    if not images:
        raise DataError(f'{folder / "images"} has no *.jpg or *.png files')
    missing = [folder / 'images' / f'{name}.jpg' for name in labels if name not in images]
    if all_labelled:
        missing = [
            *(folder / 'labels' / f'{name}.png' for name in images if name not in labels),
            *missing,
        ]
    if missing:
        more = f' and {len(missing) - 3} more' if len(missing) > 3 else ''
        names = ', '.join(str(file) for file in missing[:3])
        raise DataError(
            f'each image needs its label map and each map its image; missing: {names}{more}'
        )
    return [(image, labels.get(name)) for name, image in images.items()]


def _numbered(image: Path) -> tuple[str, int]:
    match = NUMBERED.fullmatch(image.stem)
    if match is None:
        raise DataError(
            f'the name of {image} does not end in a frame number; '
            'name frames SEQUENCE_NUMBER, since stamps are made from the number'
        )
    return match['sequence'], int(match['number'])
