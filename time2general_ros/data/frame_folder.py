"""A labelled video as two folders: images and label maps of the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.data.file_video import FileVideo, FramePaths, unbroken_runs
from time2general_ros.data.frame_times import check_times, time_in_name
from time2general_ros.data.label_maps import read_ids
from time2general_ros.data.labelled_video import DataError
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet


class FrameFolder:
    """
    The labelled videos of one split: ``<split>/images/*.jpg|png`` and ``<split>/labels/*.png``.

    A name ends in the number of the frame in its original video, or in its time; what stands
    before it names the sequence. See :func:`~.frame_times.time_in_name`. A sequence with a hole of
    more than three usual steps becomes two videos.

    :param path: Folder that holds the splits.
    :param label_set: Classes of the label maps; id k is class k.
    :param void_id: The id that stands for void.
    :param rate_hz: Frames per second of the original video: a number counts 1 / rate_hz s.
    :raises DataError: if a folder, an image or a label map is missing, a name has no number,
        two frames have one time, or the times are none of a video.
    """

    def __init__(
        self,
        path: Path,
        split: str,
        label_set: LabelSet,
        *,
        void_id: int,
        rate_hz: float,
    ) -> None:
        self.label_set = label_set
        sequences: dict[str, list[FramePaths]] = {}
        for image, labels in _pair(_find_split(path, split)):
            sequence, stamp_ns = time_in_name(image, rate_hz)
            sequences.setdefault(sequence, []).append(
                FramePaths(image, labels, stamp_ns, drive=sequence)
            )

        def read(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
            ids = read_ids(path, size, len(label_set), void_id)
            ids[ids == void_id] = UNLABELLED
            return ids

        for frames in sequences.values():
            check_times(frames, rate_hz)
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
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes:
            first = found.setdefault(path.stem, path)
            if first is not path:
                raise DataError(
                    f'{first} and {path.name} are one frame by their names; remove one'
                )
    return found


def _pair(folder: Path) -> list[tuple[Path, Path]]:
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
    return [(image, labels[name]) for name, image in images.items()]
