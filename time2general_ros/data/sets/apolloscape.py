"""ApolloScape scene parsing: drives with a labelled frame for every metre."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.file_video import FileVideo, FileVideos, FramePaths, unbroken_runs
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.raw_labels import IdReader
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from pathlib import Path

# https://github.com/ApolloScapeAuto/dataset-api: scene_parsing/README.md, "Class Definitions".
# A group of things, such as 161 car_groups, is of the class of the thing.
IDS = {
    'road': (49,),
    'sidewalk': (50,),
    'building': (97,),
    'wall': (84,),
    'fence': (67,),
    'pole': (82,),
    'traffic light': (81,),
    'traffic sign': (83,),
    'vegetation': (113,),
    'sky': (17,),
    'person': (36, 164),
    'rider': (37, 165),
    'car': (33, 161),
    'truck': (38, 166),
    'bus': (39, 167),
    'motorcycle': (34, 162),
    'bicycle': (35, 163),
}
# Others, rover, tricycle, cone, pile, dustbin, billboard, bridge, tunnel, overpass, unlabelled.
VOID_IDS = (0, 1, 40, 168, 65, 66, 85, 86, 98, 99, 100, 255)
LONGEST_STEP_S = 1.0
APOLLOSCAPE = Origin('ApolloScape', 'https://apolloscape.auto/scene.html')
ROADS, LISTS = 'road01_ins.tar.gz to road03_ins.tar.gz', 'image_lists.tar.gz'
STAMP = re.compile(r'(\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(\d\d\d)_.*')


def label_reader() -> IdReader:
    """Make the reader for maps of ApolloScape class ids."""
    return IdReader(load_label_set('apolloscape17'), IDS, VOID_IDS)


def open_apolloscape(root: Path, split: str) -> FileVideos:
    """
    Open the frames that the official lists put in a split.

    Frames were kept every metre, not at a fixed rate, so stamps are the acquisition times in their
    names; a record is cut where a step takes longer than 1 s.

    :param root: Folder with ``road01_ins/`` and the like, and ``road01_ins_SPLIT.lst`` beside
        them.
    :param split: ``train`` or ``val``.
    :raises DataError: if a piece is missing or a list or a name cannot be read.
    """
    APOLLOSCAPE.choose(split, ('train', 'val'))
    cameras: dict[Path, list[FramePaths]] = {}
    for listed in APOLLOSCAPE.files(root, f'*_{split}.lst', LISTS):
        for line in listed.read_text(encoding='utf-8').splitlines():
            image, tab, labels = line.strip().partition('\t')
            if not tab:
                raise DataError(f'{listed}: {line!r} does not name an image and its label map')
            paths = FramePaths(root / image, root / labels, stamp_in(root / image))
            cameras.setdefault(paths.image.parent, []).append(paths)
    frames = [frame for camera in cameras.values() for frame in camera]
    APOLLOSCAPE.all_of((frame.image for frame in frames), ROADS)
    APOLLOSCAPE.all_of((frame.labels for frame in frames if frame.labels), ROADS)
    reader = label_reader()
    runs = [run for _, c in sorted(cameras.items()) for run in unbroken_runs(c, LONGEST_STEP_S)]
    return FileVideos(load_label_set('apolloscape17'), [FileVideo(run, reader) for run in runs])


def stamp_in(image: Path) -> int:
    """
    Return the time in a name such as ``170908_061502408_Camera_5.jpg`` in nanoseconds.

    :raises DataError: if there is none.
    """
    match = STAMP.fullmatch(image.stem)
    try:
        year, month, day, hour, minute, second, ms = match.groups() if match else ()
        moment = np.datetime64(f'20{year}-{month}-{day}T{hour}:{minute}:{second}.{ms}', 'ns')
    except ValueError as error:
        raise DataError(
            f'the name of {image} does not begin with the time YYMMDD_HHMMSSmmm it was taken'
        ) from error
    return int(moment.astype(np.int64))
