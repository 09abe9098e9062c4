"""Cityscapes: 30-frame sequences with one labelled frame each, and the corrupted stills."""

from __future__ import annotations

from pathlib import Path
import re
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import NANOSECONDS, FileVideo, FileVideos, FramePaths
from time2general_ros.data.raw_labels import IdReader
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://github.com/mcordts/cityscapesScripts: cityscapesscripts/helpers/labels.py, column "id".
IDS: Mapping[str, tuple[int, ...]] = {
    'road': (7,),
    'sidewalk': (8,),
    'building': (11,),
    'wall': (12,),
    'fence': (13,),
    'pole': (17,),
    'traffic light': (19,),
    'traffic sign': (20,),
    'vegetation': (21,),
    'terrain': (22,),
    'sky': (23,),
    'person': (24,),
    'rider': (25,),
    'car': (26,),
    'truck': (27,),
    'bus': (28,),
    'train': (31,),
    'motorcycle': (32,),
    'bicycle': (33,),
}
# 255 is the licence plate, whose id is -1.
VOID_IDS = (*range(7), 9, 10, 14, 15, 16, 18, 29, 30, 255)
RATE_HZ = 17.0
BEFORE, AFTER = 19, 10
SEQUENCES, LABELS = 'leftImg8bit_sequence_trainvaltest.zip', 'gtFine_trainvaltest.zip'
CORRUPTED = (
    "HGFormer's datasets/generate_cityscapes_c.py (github.com/dingjiansw101/HGFormer), "
    'run on leftImg8bit/val'
)
FRAME = re.compile(r'(?P<sequence>[^_]+_\d{6})_(?P<frame>\d{6})')
CITYSCAPES = Origin('Cityscapes', 'https://www.cityscapes-dataset.com')
CITYSCAPES_C = Origin('Cityscapes-C', 'https://www.cityscapes-dataset.com')


def label_id_reader() -> IdReader:
    """Make the reader for maps of Cityscapes ids."""
    return IdReader(load_label_set('cityscapes19'), IDS, VOID_IDS)


def train_id_reader() -> IdReader:
    """Make the reader for maps of the 19 train ids."""
    labels = load_label_set('cityscapes19')
    return IdReader(labels, {name: (i,) for i, name in enumerate(labels.classes)}, (255,))


def find_maps(
    folder: Path, prefix: str, origin: Origin, package: str
) -> tuple[dict[str, Path], IdReader]:
    """
    Find the label maps below a folder, in train ids where those were made, else in raw ids.

    :param prefix: What stands before ``labelTrainIds.png`` or ``labelIds.png``, such as
        ``_gtFine_``.
    :returns: The maps by the name of their frame, and their reader.
    :raises DataError: if there are none.
    """
    for suffix, reader in (
        (f'{prefix}labelTrainIds.png', train_id_reader),
        (f'{prefix}labelIds.png', label_id_reader),
    ):
        found = sorted(origin.folder(folder, package).glob(f'**/*{suffix}'))
        if found:
            return {path.name.removesuffix(suffix): path for path in found}, reader()
    raise origin.missing(f'**/*{prefix}labelIds.png in {folder}', package)


def open_sequences(root: Path, split: str) -> FileVideos:
    """
    Open the snippets of ``leftImg8bit_sequence``, of which the twentieth frame is labelled.

    A snippet is the labelled frame with the 19 before and the 10 after it, since frame numbers are
    arbitrary where a city was recorded in one long sequence (as Frankfurt was). Stamps are those
    of ``timestamp_sequence`` where that lies beside the images, else 17 Hz.

    :param root: Folder with ``leftImg8bit_sequence/`` and ``gtFine/``.
    :raises DataError: if a piece is missing.
    """
    CITYSCAPES.choose(split, ('train', 'val'))
    images = CITYSCAPES.folder(root / 'leftImg8bit_sequence' / split, SEQUENCES)
    maps, reader = find_maps(root / 'gtFine' / split, '_gtFine_', CITYSCAPES, LABELS)
    stamps = root / 'timestamp_sequence'
    videos = [
        FileVideo(
            _snippet(images, labels, name, stamps / split if stamps.is_dir() else None), reader
        )
        for name, labels in maps.items()
    ]
    return FileVideos(load_label_set('cityscapes19'), videos)


def _snippet(images: Path, labels: Path, name: str, stamps: Path | None) -> list[FramePaths]:
    match = FRAME.fullmatch(name)
    if match is None:
        raise CITYSCAPES.missing(f'CITY_SEQUENCE_FRAME in the name of {labels}', LABELS)
    city, labelled = labels.parent.name, int(match['frame'])
    frames = []
    for number in range(labelled - BEFORE, labelled + AFTER + 1):
        stem = f'{match["sequence"]}_{number:06}'
        frames.append(
            FramePaths(
                images / city / f'{stem}_leftImg8bit.png',
                labels if number == labelled else None,
                round(number * NANOSECONDS / RATE_HZ),
                stamps / city / f'{stem}_timestamp.txt' if stamps else None,
            )
        )
    CITYSCAPES.all_of((frame.image for frame in frames), SEQUENCES)
    return frames


def open_corrupted(root: Path, split: str) -> FileVideos:
    """
    Open one corruption of Cityscapes-C: the 500 validation stills, each a video of its own.

    :param root: Folder with ``cityscapes-c/CORRUPTION/SEVERITY/`` and ``gtFine/val/``.
    :param split: ``CORRUPTION/SEVERITY``, such as ``fog/5``.
    :raises DataError: if a piece is missing.
    """
    folder = CITYSCAPES_C.folder(root / 'cityscapes-c', CORRUPTED)
    known = (f'{p.parent.name}/{p.name}' for p in sorted(folder.glob('*/[1-5]')))
    CITYSCAPES_C.choose(split, known)
    images = CITYSCAPES_C.files(folder / split, '**/*_leftImg8bit.png', CORRUPTED)
    maps, reader = find_maps(root / 'gtFine' / 'val', '_gtFine_', CITYSCAPES_C, LABELS)
    names = [path.name.removesuffix('_leftImg8bit.png') for path in images]
    unlabelled = [path for name, path in zip(names, images, strict=True) if name not in maps]
    if unlabelled:
        raise CITYSCAPES_C.missing(
            f'label map in {root / "gtFine/val"} for {unlabelled[0]}', LABELS
        )
    videos = [
        FileVideo([FramePaths(image, maps[name])], reader)
        for name, image in zip(names, images, strict=True)
    ]
    return FileVideos(load_label_set('cityscapes19'), videos)
