"""Data sets of labelled stills, each a video of one frame: ACDC and BDD100K."""

from __future__ import annotations

from typing import TYPE_CHECKING

from time2general_ros.data.file_video import FileVideo, FileVideos, FramePaths
from time2general_ros.data.sets.cityscapes import find_maps, train_id_reader
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.data.file_video import LabelReader

ACDC = Origin('ACDC', 'https://acdc.vision.ee.ethz.ch')
BDD100K = Origin('BDD100K', 'https://bdd-data.berkeley.edu')
CONDITIONS = ('fog', 'night', 'rain', 'snow')
ACDC_IMAGES, ACDC_LABELS = 'rgb_anon_trainvaltest.zip', 'gt_trainval.zip'
BDD_IMAGES, BDD_LABELS = '"10K Images"', '"Segmentation" (bdd100k_sem_seg_labels_trainval.zip)'


def open_acdc(root: Path, split: str) -> FileVideos:
    """
    Open the adverse-condition stills of ACDC.

    :param root: Folder with ``rgb_anon/CONDITION/SPLIT/`` and ``gt/CONDITION/SPLIT/``.
    :param split: ``train`` or ``val`` for all conditions, or ``fog/val`` for one.
    :raises DataError: if a piece is missing.
    """
    parts = ('train', 'val')
    ACDC.choose(split, (*parts, *(f'{c}/{p}' for c in CONDITIONS for p in parts)))
    condition, _, part = split.rpartition('/')
    stills: list[tuple[Path, Path]] = []
    for name in (condition,) if condition else CONDITIONS:
        images = ACDC.files(root / 'rgb_anon' / name / part, '*/*_rgb_anon.png', ACDC_IMAGES)
        maps, reader = find_maps(root / 'gt' / name / part, '_gt_', ACDC, ACDC_LABELS)
        for image in images:
            frame = image.name.removesuffix('_rgb_anon.png')
            if frame not in maps:
                raise ACDC.missing(
                    f'label map of {image} in {root / "gt" / name / part}', ACDC_LABELS
                )
            stills.append((image, maps[frame]))
    return _stills(stills, reader)


def open_bdd100k(root: Path, split: str) -> FileVideos:
    """
    Open the 10k stills of BDD100K, whose maps hold train ids.

    The frame of the 40 s clip that a still was taken from is not identical to it, so clips are
    not joined to stills.

    :param root: Folder with ``images/10k/SPLIT/`` and ``labels/sem_seg/masks/SPLIT/``.
    :raises DataError: if a piece is missing.
    """
    BDD100K.choose(split, ('train', 'val'))
    images = BDD100K.files(root / 'images' / '10k' / split, '*.jpg', BDD_IMAGES)
    masks = BDD100K.folder(root / 'labels' / 'sem_seg' / 'masks' / split, BDD_LABELS)
    stills = [(image, masks / f'{image.stem}.png') for image in images]
    BDD100K.all_of((labels for _, labels in stills), BDD_LABELS)
    return _stills(stills, train_id_reader())


def _stills(stills: list[tuple[Path, Path]], reader: LabelReader) -> FileVideos:
    videos = [FileVideo([FramePaths(image, labels)], reader) for image, labels in stills]
    return FileVideos(load_label_set('cityscapes19'), videos)
