"""CamVid as published: 701 frames of 960x720 with labels in 32 colours, merged to 11 classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import (
    FileVideo,
    FileVideos,
    FramePaths,
    unbroken_runs,
)
from time2general_ros.data.frame_times import stamp_of_number
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.raw_labels import ColourReader
from time2general_ros.data.sets.origin import Origin
from time2general_ros.labels.files import load_label_set

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Colour = tuple[int, int, int]

# Colours: label_colors.txt of the data set. Grouping: that of SegNet (Badrinarayanan et al., PAMI
# 2017) as published in MATLAB's camvidPixelLabelIDs. MSeg groups otherwise: there only the 11
# names themselves are classes and lane markings, walls or trucks are void.
COLOURS: Mapping[str, Mapping[str, Colour]] = {
    'sky': {'Sky': (128, 128, 128)},
    'building': {
        'Bridge': (0, 128, 64),
        'Building': (128, 0, 0),
        'Wall': (64, 192, 0),
        'Tunnel': (64, 0, 64),
        'Archway': (192, 0, 128),
    },
    'pole': {'Column_Pole': (192, 192, 128), 'TrafficCone': (0, 0, 64)},
    'road': {
        'Road': (128, 64, 128),
        'LaneMkgsDriv': (128, 0, 192),
        'LaneMkgsNonDriv': (192, 0, 64),
    },
    'pavement': {
        'Sidewalk': (0, 0, 192),
        'ParkingBlock': (64, 192, 128),
        'RoadShoulder': (128, 128, 192),
    },
    'tree': {'Tree': (128, 128, 0), 'VegetationMisc': (192, 192, 0)},
    'sign': {
        'SignSymbol': (192, 128, 128),
        'Misc_Text': (128, 128, 64),
        'TrafficLight': (0, 64, 64),
    },
    'fence': {'Fence': (64, 64, 128)},
    'car': {
        'Car': (64, 0, 128),
        'SUVPickupTruck': (64, 128, 192),
        'Truck_Bus': (192, 128, 192),
        'Train': (192, 64, 128),
        'OtherMoving': (128, 64, 64),
    },
    'pedestrian': {
        'Pedestrian': (64, 64, 0),
        'Child': (192, 128, 64),
        'CartLuggagePram': (64, 0, 192),
        'Animal': (64, 128, 64),
    },
    'bicyclist': {'Bicyclist': (0, 128, 192), 'MotorcycleScooter': (192, 0, 192)},
}
VOID: Colour = (0, 0, 0)
VIDEO_HZ = 30.0
IMAGES, LABELS = '701_StillsRaw_full.zip', 'LabeledApproved_full.zip'
CAMVID = Origin('CamVid', 'http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid')
FRAME = re.compile(r'(?:Seq)?(?P<sequence>[0-9A-Z]+)_f?(?P<number>\d+)')


def label_reader() -> ColourReader:
    """Make the reader for maps of CamVid colours."""
    colours = {name: tuple(shades.values()) for name, shades in COLOURS.items()}
    return ColourReader(load_label_set('camvid11'), colours, (VOID,))


def split_of(sequence: str, number: int) -> str:
    """Return the split that the lists of the SegNet edition (367, 101 and 233) put a frame in."""
    if sequence == '0016E5' and 7959 <= number <= 8159:
        return 'val'
    return 'test' if sequence == '05VD' or (sequence == '0001TP' and number > 8520) else 'train'


def drive_of(name: str) -> str:
    """
    Return the sequence that a frame belongs to, such as ``0001TP``.

    :param name: Of its file, without the ending.
    :raises DataError: if the name is not CamVid's.
    """
    return _parse(name, name)[0]


def _parse(name: str, file: Path | str) -> tuple[str, int]:
    match = FRAME.fullmatch(name)
    if match is None:
        raise DataError(f'{file} is not named SEQUENCE_NUMBER as the frames of CamVid are')
    return match['sequence'], int(match['number'])


def open_camvid(root: Path, split: str) -> FileVideos:
    """
    Open the frames of one split; stamps are the numbers in the 30 Hz video.

    :param root: Folder with ``701_StillsRaw_full/`` and ``LabeledApproved_full/``.
    :param split: ``train``, ``val`` or ``test`` of the SegNet edition.
    :raises DataError: if a piece is missing or a name is not CamVid's.
    """
    CAMVID.choose(split, ('train', 'val', 'test'))
    maps = CAMVID.folder(root / 'LabeledApproved_full', LABELS)
    sequences: dict[str, list[FramePaths]] = {}
    for image in CAMVID.files(root / '701_StillsRaw_full', '*.png', IMAGES):
        sequence, number = _parse(image.stem, image)
        if split_of(sequence, number) == split:
            stamp_ns = stamp_of_number(image, number, VIDEO_HZ)
            frame = FramePaths(image, maps / f'{image.stem}_L.png', stamp_ns)
            sequences.setdefault(sequence, []).append(frame)
    if not sequences:
        raise CAMVID.missing(
            f'frame of the split {split!r} in {root / "701_StillsRaw_full"}', IMAGES
        )
    frames = [frame for run in sequences.values() for frame in run]
    CAMVID.all_of((frame.labels for frame in frames if frame.labels), LABELS)
    reader = label_reader()
    runs = [run for name in sorted(sequences) for run in unbroken_runs(sequences[name])]
    return FileVideos(load_label_set('camvid11'), [FileVideo(run, reader) for run in runs])
