"""IDD-Lite: stills of Indian roads, 320x227, labelled in seven coarse classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from time2general_ros.data.drives_left_out import left_out
from time2general_ros.data.file_video import FileVideo, FileVideos, FramePaths
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.raw_labels import IdReader
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IDD = Origin('IDD-Lite', 'https://idd.insaan.iiit.ac.in')
PACKAGE = 'idd-lite.tar.gz'
STILL = re.compile(r'(?P<drive>\d+)_(?P<frame>\w+)')
PARTS = {'fit': False, 'heldout': True}
SPLITS = ('train', 'val', *PARTS)


def open_idd_lite(root: Path, split: str) -> FileVideos:
    """
    Open the labelled stills of one split, each a video of one frame.

    :param root: Folder with ``leftImg8bit/SPLIT/DRIVE/`` and ``gtFine/SPLIT/DRIVE/`` as published,
        or with ``SPLIT/images/DRIVE_FRAME.jpg`` and ``SPLIT/labels/DRIVE_FRAME.png``.
    :param split: ``train`` or ``val``; ``heldout``: every fifth drive of ``train`` by
        name; ``fit``: the others. No drive is in both.
    :raises DataError: if a piece is missing or a name does not begin with the number of a drive.
    """
    IDD.choose(split, SPLITS)
    published = (root / 'leftImg8bit').is_dir()
    find = _published if published else _flat
    found = list(find(root, 'train' if split in PARTS else split))
    aside = left_out(str(drive) for drive, _, _ in found)
    stills = [
        FramePaths(image, labels, drive=str(drive))
        for drive, image, labels in found
        if split not in PARTS or (str(drive) in aside) == PARTS[split]
    ]
    if not stills:
        raise IDD.missing(f'drive of the split {split!r} in {root}', PACKAGE)
    IDD.all_of((still.labels for still in stills if still.labels), PACKAGE)
    label_set = load_label_set('idd7')
    ids = {name: [index] for index, name in enumerate(label_set.classes)}
    reader = IdReader(label_set, ids, void=[UNLABELLED])
    return FileVideos(label_set, [FileVideo([still], reader) for still in stills])


def _published(root: Path, split: str) -> Iterator[tuple[int, Path, Path]]:
    """List drive, image and label map as they are in the published archive."""
    maps = IDD.folder(root / 'gtFine' / split, PACKAGE)
    for image in IDD.files(root / 'leftImg8bit' / split, '*/*_image.jpg', PACKAGE):
        drive = image.parent.name
        if not drive.isdecimal():
            raise DataError(f'{image.parent} is not the number of a drive, as folders of IDD are')
        frame = image.name.removesuffix('_image.jpg')
        yield int(drive), image, maps / drive / f'{frame}_label.png'


def _flat(root: Path, split: str) -> Iterator[tuple[int, Path, Path]]:
    """List them where one folder holds all drives."""
    maps = IDD.folder(root / split / 'labels', PACKAGE)
    for image in IDD.files(root / split / 'images', '*.jpg', PACKAGE):
        match = STILL.fullmatch(image.stem)
        if match is None:
            raise DataError(f'{image} is not named DRIVE_FRAME, with the number of its drive')
        yield int(match['drive']), image, maps / f'{image.stem}.png'
