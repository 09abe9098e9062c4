"""Opening whatever a user names as the source of a replay."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from time2general_ros.bags.storages.bag_metadata import NAME as BAG_METADATA
from time2general_ros.bags.storages.open_file import SUFFIXES as BAG_SUFFIXES
from time2general_ros.bags.storages.open_file import ZSTD_SUFFIX
from time2general_ros.checksum import sha256
from time2general_ros.data.labelled_video import files_of_data
from time2general_ros.data.specs import CAMVID_VOID, DATA_SETS, note_on, open_data
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.label_set import LabelSet
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.sources.bag_source import BagOptions, BagSource
from time2general_ros.replay.sources.data_source import (
    IMAGE_SUFFIXES,
    DataSource,
    open_data_source,
    open_images,
)
from time2general_ros.replay.sources.file_names import check_file_names
from time2general_ros.replay.sources.topic_truth import TopicTruth
from time2general_ros.replay.sources.truth import FolderTruth, Ids, Truth, VideosTruth, label_maps
from time2general_ros.replay.sources.video_source import SUFFIXES as VIDEO_SUFFIXES
from time2general_ros.replay.sources.video_source import VideoSource
from time2general_ros.replay.sources.window import Window
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from time2general_ros.replay.sources.source import Source

# Ids that a label set's own data means by void, beside 255.
_VOID = {'camvid11': CAMVID_VOID}


@dataclass(frozen=True)
class SourceOptions:
    """
    How sources are read.

    :param split: Part of a data set, as a source or as labels.
    :param rate_hz: What numbers in the names of images count: 1 / rate_hz s.
    :param labels: A topic, a folder or a data set; None for those that come with the source.
    :param label_set: Classes of labels on a topic or in a folder.
    :param void_id: An id that stands for void there, beside 255.
    """

    window: Window = field(default_factory=Window)
    bag: BagOptions = field(default_factory=BagOptions)
    split: str = 'val'
    rate_hz: float = 30.0
    labels: str | None = None
    label_set: LabelSet = field(default_factory=street_labels)
    void_id: int | None = None


def open_source(text: str, options: SourceOptions) -> Source:
    """
    Open a bag, a video file, a folder of images, or a data set as ``KIND:WHERE``.

    :raises Time2GeneralError: if it is none of these or unusable, or its labels are.
    """
    source = _open(text, options)
    try:
        if options.labels is not None:
            source.truth = _truth(source, options.labels, options)
    except BaseException:
        source.close()
        raise
    return source


def look_at(text: str, options: SourceOptions) -> Source:
    """
    Open a source without its labels, which may cost more to open than all else.

    :raises Time2GeneralError: if it is none, or unusable.
    """
    return _open(text, options)


def is_recording(text: str) -> bool:
    """Tell whether a text names something to read rather than a topic, which may look alike."""
    path = user_path(text)
    if text.partition(':')[0] in DATA_SETS and ':' in text:
        return True
    with suppress(OSError, ValueError):
        held = (*BAG_SUFFIXES, BAG_METADATA, *IMAGE_SUFFIXES)
        return path.is_file() or (path.is_dir() and _holds(path, held))
    return False


def labels_checksum(text: str | None, split: str) -> str | None:
    """
    Return the SHA-256 of the files that hold ground truth.

    :param text: As :attr:`SourceOptions.labels`.
    :returns: None where none do: a topic of the bag, or a drive that is made up.
    :raises Time2GeneralError: if a data set is unusable.
    :raises OSError: if a file cannot be read.
    """
    if text is None or _is_topic(text):
        return None
    folder, files = user_path(text), list[Path]()
    if folder.is_dir():
        files = label_maps(folder)
    elif text.partition(':')[0] in DATA_SETS:
        files = files_of_data(open_data(text, split))
    return sha256(*files, with_names=True) if files else None


def _open(text: str, options: SourceOptions) -> BagSource | VideoSource | DataSource:
    check_file_names(text)
    path, window = user_path(text), options.window
    if text.partition(':')[0] in DATA_SETS and ':' in text and not path.exists():
        data = open_data(text, options.split)
        return open_data_source(data, text, window, note_on(text, options.split))
    if path.is_dir() and not _holds(path, tuple(BAG_SUFFIXES)) and _holds(path, IMAGE_SUFFIXES):
        return open_images(path, text, window, options.rate_hz)
    if path.is_dir() and not _holds(path, (*BAG_SUFFIXES, BAG_METADATA)):
        raise ReplayError(
            f'{path} holds nothing that is read: no file of a bag ({_list(BAG_SUFFIXES)}) and no '
            f'image ({_list(IMAGE_SUFFIXES)}); name a folder that does, or a video by its file '
            f'({_list(VIDEO_SUFFIXES)})'
        )
    if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
        return VideoSource(path, text, window)
    labels = options.labels if _is_topic(options.labels) else None
    return BagSource(path, window, replace(options.bag, labels=labels))


def _truth(
    source: BagSource | VideoSource | DataSource, text: str, options: SourceOptions
) -> Truth:
    if len(source.topics) > 1:
        raise ReplayError(
            f'labels are those of one camera, but {source.path} has images of several: '
            f'{", ".join(source.topics)}; choose one with --topic'
        )
    void = _VOID.get(options.label_set.name) if options.void_id is None else options.void_id
    ids = Ids(options.label_set, () if void is None else (void,))
    count, first_ns = _extent(source)
    if _is_topic(text) and isinstance(source, BagSource):
        return TopicTruth(user_path(source.path), text, ids)
    folder = user_path(text)
    if folder.is_dir():
        return FolderTruth(folder, ids, count)
    if text.partition(':')[0] in DATA_SETS:
        return VideosTruth(open_data(text, options.split), first_ns, count)
    raise ReplayError(
        f'--labels {text!r} is no topic of a bag, no folder and no data set; give one of these, '
        'as /camera/labels, PATH or camvid:PATH'
    )


def _extent(source: BagSource | VideoSource | DataSource) -> tuple[int, int]:
    """Return how many images a source has in all, and the stamp of the first."""
    if isinstance(source, BagSource):
        (topic,) = source.topics
        return source.count(topic), source.first_stamp_ns(topic)
    return source.count, source.first_ns


def _is_topic(text: str | None) -> bool:
    return text is not None and text.startswith('/') and not user_path(text).exists()


def _list(suffixes: Iterable[str]) -> str:
    return ', '.join(sorted(suffixes))


def _holds(folder: Path, suffixes: tuple[str, ...]) -> bool:
    names = (path.name.lower().removesuffix(ZSTD_SUFFIX) for path in folder.iterdir())
    return any(name.endswith(suffixes) for name in names)
