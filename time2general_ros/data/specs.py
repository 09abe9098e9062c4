"""The data sets that can be named on a command line, as ``KIND:WHERE``."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import FileVideos
from time2general_ros.data.frame_folder import FrameFolder
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.sets.apolloscape import open_apolloscape
from time2general_ros.data.sets.camvid import drive_of, open_camvid
from time2general_ros.data.sets.cityscapes import open_corrupted, open_sequences
from time2general_ros.data.sets.drives import base_split, open_drives
from time2general_ros.data.sets.idd_lite import open_idd_lite
from time2general_ros.data.sets.kitti360 import open_kitti360
from time2general_ros.data.sets.plain import open_folder
from time2general_ros.data.sets.rendered import open_synthia, open_viper
from time2general_ros.data.sets.stills import open_acdc, open_bdd100k
from time2general_ros.data.sets.videos import open_videos
from time2general_ros.labels.files import load_label_set
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from time2general_ros.data.file_video import FileVideo
    from time2general_ros.data.labelled_video import LabelledVideos

CAMVID_VOID = 11
CAMVID_VIDEO_HZ = 30.0


def open_data(spec: str, split: str) -> LabelledVideos:
    """
    Open the data set that a specification names.

    :param spec: ``KIND:WHERE``, as listed in ``DATA_SETS``; docs/datasets.md shows the folders.
    :param split: Which part of it; a synthetic drive has no parts.
    :raises DataError: if there is no such kind, or the data is missing or incomplete.
    """
    kind, colon, where = spec.partition(':')
    if kind not in DATA_SETS or not colon or not where:
        usages = ', '.join(usage for usage, _ in DATA_SETS.values())
        raise DataError(f'cannot tell what data {spec!r} is; give one of: {usages}')
    return DATA_SETS[kind][1](where, split)


def note_on(spec: str, split: str) -> str | None:
    """Return what a reader must know beside any figure on this data, None if nothing."""
    return NOTES.get((spec.partition(':')[0], base_split(split)))


def _at(opener: Callable[[Path, str], LabelledVideos]) -> Callable[[str, str], LabelledVideos]:
    return lambda where, split: opener(user_path(where), split)


def _open_camvid(path: Path, split: str) -> FileVideos:
    labels = load_label_set('camvid11')
    folder = FrameFolder(path, split, labels, void_id=CAMVID_VOID, rate_hz=CAMVID_VIDEO_HZ)
    return FileVideos(labels, folder.videos)


def _camvid_drive(video: FileVideo) -> str:
    return drive_of(video.name)


def _open_synthetic(where: str, split: str) -> LabelledVideos:
    del split
    seed, weather, seconds, *rest = [*where.split(':'), '', '', ''][:4]
    if rest != [''] or not seed.isdecimal():
        raise DataError(f'synthetic:{where} is not of the form {DATA_SETS["synthetic"][0]}')
    length = _seconds(seconds or '10')
    if length is None:
        raise DataError(
            f'synthetic:{where}: {seconds!r} is not a number of seconds above 0 and up to {DAY_S}'
        )
    # Only a synthetic drive pays for preparing its textures.
    from time2general_ros.data.synthetic_videos import SyntheticVideos

    return SyntheticVideos(int(seed), weather or 'clear', length)


def _open_bag(where: str, split: str) -> LabelledVideos:
    # Only bags pay for loading what reads them.
    from time2general_ros.data.sets.bag import open_bag

    return open_bag(where, split)


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value <= DAY_S else None


DAY_S = 86_400
DATA_SETS: dict[str, tuple[str, Callable[[str, str], LabelledVideos]]] = {
    'camvid': ('camvid:PATH', _at(partial(open_drives, _open_camvid, _camvid_drive))),
    'synthetic': ('synthetic:SEED[:WEATHER[:SECONDS]]', _open_synthetic),
    'folder': ('folder:PATH', _at(partial(open_drives, open_folder, attrgetter('drive')))),
    'bag': ('bag:PATH[?image=TOPIC&labels=TOPIC]', _open_bag),
    'camvid960': ('camvid960:PATH', _at(partial(open_drives, open_camvid, _camvid_drive))),
    'cityscapes-seq': ('cityscapes-seq:PATH', _at(open_sequences)),
    'cityscapes-c': ('cityscapes-c:PATH', _at(open_corrupted)),
    'kitti360': ('kitti360:PATH', _at(open_kitti360)),
    'apolloscape': ('apolloscape:PATH', _at(open_apolloscape)),
    'bdd100k': ('bdd100k:PATH', _at(open_bdd100k)),
    'idd-lite': ('idd-lite:PATH', _at(open_idd_lite)),
    'acdc': ('acdc:PATH', _at(open_acdc)),
    'viper': ('viper:PATH', _at(open_viper)),
    'videos': ('videos:PATH', _at(open_videos)),
    'synthia-seq': ('synthia-seq:PATH', _at(open_synthia)),
}

CAMVID_VAL = (
    'CamVid val is one drive, cut out of a training drive with 1 s between them: '
    'the street is known to a model trained on CamVid train'
)
NOTES = {
    ('camvid', 'val'): CAMVID_VAL,
    ('camvid960', 'val'): CAMVID_VAL,
    ('kitti360', 'val'): (
        'KITTI-360 train and val share drives; IoU is plain, not weighted by label confidence as '
        'in the official evaluator'
    ),
}
