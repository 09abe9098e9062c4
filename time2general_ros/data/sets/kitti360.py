"""KITTI-360: nine drives with dense labels and the times of their frames."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.file_video import FileVideo, FileVideos, FramePaths, unbroken_runs
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.raw_labels import IdReader
from time2general_ros.data.sets.cityscapes import IDS as CITYSCAPES_IDS
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from pathlib import Path

# https://github.com/autonomousvision/kitti360Scripts: kitti360scripts/helpers/labels.py, columns
# "id" and "trainId": as Cityscapes, and 34 garage, 35 gate, 37 smallpole. The official evaluator
# scores lamp (38), trash bin, vending machine and box besides; they have no train id.
IDS = {**CITYSCAPES_IDS, 'building': (11, 34), 'fence': (13, 35), 'pole': (17, 37)}
VOID_IDS = (*range(7), 9, 10, 14, 15, 16, 18, 29, 30, 36, *range(38, 45), 255)
KITTI360 = Origin('KITTI-360', 'https://www.cvlibs.net/datasets/kitti-360')
IMAGES, LABELS = '"Perspective Images for Train & Val"', '"Semantics of Left Perspective Camera"'
FRAME = re.compile(r'data_2d_raw/(?P<drive>[^/]+)/image_00/data_rect/(?P<number>\d{10})\.png')


def label_reader() -> IdReader:
    """Make the reader for maps of KITTI-360 ids."""
    return IdReader(load_label_set('cityscapes19'), IDS, VOID_IDS)


def open_kitti360(root: Path, split: str) -> FileVideos:
    """
    Open the labelled frames of the left perspective camera.

    Frame numbers have gaps; stamps are read from the drive's ``timestamps.txt``, and a drive is
    cut where more than three usual steps are missing.

    :param root: Folder with ``data_2d_raw/`` and ``data_2d_semantics/``.
    :param split: ``train`` or ``val``; they share drives.
    :raises DataError: if a piece is missing or a list or a time cannot be read.
    """
    KITTI360.choose(split, ('train', 'val'))
    name = f'2013_05_28_drive_{split}_frames.txt'
    listed = KITTI360.file(root / 'data_2d_semantics' / 'train' / name, LABELS)
    drives: dict[str, dict[int, tuple[Path, Path]]] = {}
    for line in listed.read_text(encoding='utf-8').splitlines():
        image, _, labels = line.strip().partition(' ')
        match = FRAME.fullmatch(image)
        if match is None or not labels:
            raise DataError(f'{listed}: {line!r} does not name a frame and its label map')
        # Neighbouring stretches of a drive overlap.
        drives.setdefault(match['drive'], {})[int(match['number'])] = (root / image, root / labels)
    videos = []
    reader = label_reader()
    for drive in sorted(drives):
        frames = drives[drive]
        KITTI360.all_of((image for image, _ in frames.values()), IMAGES)
        KITTI360.all_of((labels for _, labels in frames.values()), LABELS)
        file = KITTI360.file(root / 'data_2d_raw' / drive / 'image_00' / 'timestamps.txt', IMAGES)
        stamps = read_timestamps(file)
        if max(frames) >= len(stamps):
            raise DataError(
                f'{file} has {len(stamps)} times but frame {max(frames)} is labelled: '
                'fetch it again'
            )
        paths = [FramePaths(*frames[number], stamps[number]) for number in frames]
        videos += [FileVideo(run, reader) for run in unbroken_runs(paths)]
    return FileVideos(load_label_set('cityscapes19'), videos)


def read_timestamps(file: Path) -> list[int]:
    """
    Read times such as ``2013-05-28 08:46:02.904483072``; line n belongs to frame n.

    :returns: Nanoseconds.
    :raises DataError: if a line is no such time.
    """
    lines = file.read_text(encoding='utf-8').splitlines()
    try:
        return [int(np.datetime64(line.strip(), 'ns').astype(np.int64)) for line in lines]
    except ValueError as error:
        raise DataError(f'{file} does not hold one time per line: {error}') from error
