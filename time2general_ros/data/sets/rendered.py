"""Rendered drives whose frames are numbered files in two trees: VIPER and SYNTHIA-Seq."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.file_video import (
    FileVideo,
    FileVideos,
    FramePaths,
    unbroken_runs,
)
from time2general_ros.data.frame_times import stamp_of_number
from time2general_ros.data.label_maps import read_first_channel, read_map
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.raw_labels import IdReader
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

# Classes of https://playing-for-benchmarks.org, to train ids as in DA-VSN (Guan et al., ICCV 2021;
# github.com/Dayan-Guan/DA-VSN, davsn/dataset/Viper.py) and with trains. Walls and poles are
# "infrastructure" (10, void), riders are persons, vans (25) are void.
VIPER_IDS = {
    'road': (3,),
    'sidewalk': (4,),
    'building': (9,),
    'fence': (11,),
    'traffic light': (13,),
    'traffic sign': (14,),
    'vegetation': (7, 8),
    'terrain': (6,),
    'sky': (2,),
    'person': (20,),
    'car': (24,),
    'truck': (27,),
    'bus': (26,),
    'train': (29,),
    'motorcycle': (23,),
    'bicycle': (22,),
}
VIPER_VOID_IDS = (0, 1, 5, 10, 12, *range(15, 20), 21, 25, 28, 30, 31, 255)
VIPER_CAR, VIPER_EGO = 24, 0
VIPER_HZ = 15.0
VIPER = Origin('VIPER', 'https://playing-for-benchmarks.org/download')
# README of SYNTHIA-SEQS-04-DAWN; 12 lane marking, 13 and 14 reserved.
SYNTHIA_IDS = {
    'road': (3,),
    'sidewalk': (4,),
    'building': (2,),
    'fence': (5,),
    'pole': (7,),
    'traffic light': (15,),
    'traffic sign': (9,),
    'vegetation': (6,),
    'sky': (1,),
    'person': (10,),
    'rider': (11,),
    'car': (8,),
}
SYNTHIA_VOID_IDS = (0, 12, 13, 14)
SYNTHIA_HZ = 5.0
# The car that carries the camera, as DA-VSN cuts it.
SYNTHIA_CUT = 120
SYNTHIA = Origin('SYNTHIA-Seq', 'https://synthia-dataset.net/downloads')
NUMBER = re.compile(r'(?:.*_)?(\d+)')


def viper_reader() -> IdReader:
    """Make the reader for VIPER's class maps, which makes the camera's own car void."""
    return IdReader(load_label_set('viper16'), VIPER_IDS, VIPER_VOID_IDS, read_without_ego)


def synthia_reader() -> IdReader:
    """Make the reader for SYNTHIA's maps, whose first channel is the class."""
    labels = load_label_set('synthia12')
    return IdReader(labels, SYNTHIA_IDS, SYNTHIA_VOID_IDS, read_first_channel)


def read_without_ego(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """
    Read VIPER ids; the car that touches the middle of the lowest row becomes void (0).

    :returns: uint8 [H, W].
    :raises DataError: as :func:`~time2general_ros.data.label_maps.read_map`.
    """
    ids = read_map(path, size)
    parts = cv2.connectedComponents((ids == VIPER_CAR).astype(np.uint8))[1]
    ego = parts[-1, parts.shape[1] // 2]
    if ego:
        ids[parts == ego] = VIPER_EGO
    return ids


def open_viper(root: Path, split: str) -> FileVideos:
    """
    Open VIPER; images without a class map are kept as unlabelled frames.

    :param root: Folder with ``SPLIT/img/SEQUENCE/`` and ``SPLIT/cls/SEQUENCE/``.
    :param split: ``train`` or ``val``.
    :raises DataError: if a piece is missing.
    """
    VIPER.choose(split, ('train', 'val'))
    images = VIPER.folder(root / split / 'img', '"Images"')
    maps = VIPER.folder(root / split / 'cls', '"Semantic class labels"')
    VIPER.files(maps, '*/*.png', '"Semantic class labels"')
    reader = viper_reader()
    runs = []
    for folder in sorted(path for path in images.iterdir() if path.is_dir()):
        found = sorted(p for p in folder.iterdir() if p.suffix in ('.jpg', '.png'))
        runs += _numbered(((p, maps / folder.name / f'{p.stem}.png') for p in found), VIPER_HZ)
    if not runs:
        raise VIPER.missing(f'*/*.jpg or */*.png in {images}', '"Images"')
    return FileVideos(load_label_set('viper16'), [FileVideo(run, reader) for run in runs])


def open_synthia(root: Path, split: str) -> FileVideos:
    """
    Open the left front camera of SYNTHIA's video sequences, without the 120 lowest rows.

    :param root: Folder with ``SYNTHIA-SEQS-04-DAWN/`` and the like.
    :param split: ``train`` for all sequences, or one, such as ``04-DAWN``.
    :raises DataError: if a piece is missing.
    """
    prefix, package = 'SYNTHIA-SEQS-', 'SYNTHIA-SEQS-*.rar'
    names = [path.name for path in SYNTHIA.files(root, f'{prefix}*', package)]
    SYNTHIA.choose(split, ('train', *(name.removeprefix(prefix) for name in names)))
    runs: list[list[FramePaths]] = []
    for name in names if split == 'train' else [f'{prefix}{split}']:
        view = 'Stereo_Left/Omni_F'
        images = SYNTHIA.files(root / name / 'RGB' / view, '*.png', package)
        maps = SYNTHIA.folder(root / name / 'GT' / 'LABELS' / view, package)
        SYNTHIA.all_of((maps / image.name for image in images), package)
        runs += _numbered(((image, maps / image.name) for image in images), SYNTHIA_HZ)
    reader = synthia_reader()
    videos = [FileVideo(run, reader, SYNTHIA_CUT) for run in runs]
    return FileVideos(load_label_set('synthia12'), videos)


def _numbered(pairs: Iterable[tuple[Path, Path]], rate_hz: float) -> list[list[FramePaths]]:
    """Make runs of the frames of one sequence, stamped by the number that ends each name."""
    frames = []
    for image, labels in pairs:
        match = NUMBER.fullmatch(image.stem)
        if match is None:
            raise DataError(f'the name of {image} does not end in a frame number')
        stamp_ns = stamp_of_number(image, int(match[1]), rate_hz)
        frames.append(FramePaths(image, labels if labels.is_file() else None, stamp_ns))
    return unbroken_runs(frames) if frames else []
