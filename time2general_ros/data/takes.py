"""Training material in memory: stills and short videos with weighted labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from time2general_ros.data.label_maps import read_ids, read_image, read_map
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.video_frames import VideoFrames
from time2general_ros.labels.cityscapes import STREETS, street_labels
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.labels.pixels import translate
from time2general_ros.labels.relations import merge_table, stand_in_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

CAMVID_VOID = 11
VIDEO_SIZE = (640, 360)
PERSON, RIDER, BICYCLIST = 11, 12, 10


class Frames(Protocol):
    """Pictures or maps of T frames: an array [T, ...], or something that reads them when asked."""

    @property
    def shape(self) -> tuple[Any, ...]:
        """Shape of all frames together, T first."""

    def __len__(self) -> int:
        """Return T."""

    def __getitem__(self, index: int, /) -> npt.NDArray[np.uint8]:
        """Return one frame."""

    def __iter__(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Go through the frames."""


class TranslatedFrames:
    """
    Label maps whose ids become others when they are read; see :class:`Frames`.

    :param table: uint8 [256].
    """

    def __init__(self, frames: Frames, table: npt.NDArray[np.uint8]) -> None:
        self._frames = frames
        self._table = table

    @property
    def shape(self) -> tuple[Any, ...]:
        """Shape of all frames together, T first."""
        return self._frames.shape

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int, /) -> npt.NDArray[np.uint8]:
        return translate(self._frames[index], self._table)

    def __iter__(self) -> Iterator[npt.NDArray[np.uint8]]:
        return (translate(ids, self._table) for ids in self._frames)


@dataclass(frozen=True)
class Take:
    """
    Consecutive frames of one camera; a still is a take of one frame.

    :param images: RGB, uint8 [T, H, W, 3].
    :param labels: Class ids, or codes of groups of classes, uint8 [T, H, W], 255 = unknown.
    :param weights: How far a label is trusted, uint8 [T, H, W], 0 to 255.
    :param rate_hz: Frames per second.
    """

    images: Frames
    labels: Frames
    weights: Frames
    rate_hz: float


def refine(
    coarse: npt.NDArray[np.uint8], vote: npt.NDArray[np.uint8], trust: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """
    Join human labels in 11 classes with a vote in 19.

    The human label decides the group; inside it the vote chooses the class if it names one of the
    group, else the commonest member stands in. Void pixels keep the vote at half its confidence.

    :param coarse: uint8 [H, W], CamVid ids, 11 = void; vote: uint8 [H, W], fine ids.
    :param trust: uint8 [H, W], the vote's mean probability times 255.
    :returns: fine labels and weights, both uint8 [H, W].
    """
    camvid = load_label_set('camvid11')
    fine = street_labels()
    stand_ins = stand_in_table(camvid, fine)
    labels = np.where(merge_table(fine, camvid)[vote] == coarse, vote, stand_ins[coarse])
    labels[(coarse == BICYCLIST) & (vote == PERSON)] = RIDER
    void = coarse == CAMVID_VOID
    labels[void] = vote[void]
    weights = np.where(void, trust // 2, 255).astype(np.uint8)
    return labels, weights


def load_camvid(path: Path, split: str = 'train') -> list[Take]:
    """
    Read labelled stills, ``<split>/{images,labels}``, with their votes in :data:`STREETS`.

    :raises DataError: if a file is missing, damaged or of another size than its image, or holds
        unknown ids; the message names it.
    """
    takes = []
    for file in _files(path / split / 'images', '*.jpg'):
        image = read_image(file)
        size = (image.shape[0], image.shape[1])
        coarse = path / split / 'labels' / f'{file.stem}.png'
        labels, weights = refine(
            read_ids(coarse, size, len(load_label_set('camvid11')), CAMVID_VOID),
            *read_vote(path / split / STREETS / f'{file.stem}.png', size),
        )
        takes.append(Take(image[None], labels[None], weights[None], 30.0))
    return takes


def load_voted_videos(path: Path) -> list[Take]:
    """
    Read unlabelled videos with a vote per frame: ``NAME.mp4``, ``NAME/VOTES/NNNNNN.png``.

    VOTES is :data:`STREETS`. Frames are reduced to 640x360, which is no less than the network
    sees.

    :raises DataError: if a video or a vote is missing or damaged, or a vote holds unknown ids; the
        message names it.
    """
    takes = []
    for file in _files(path, '*.mp4'):
        video = VideoFrames(file)
        images: list[npt.NDArray[Any]] = []
        labels: list[npt.NDArray[Any]] = []
        weights: list[npt.NDArray[Any]] = []
        for frame in video:
            vote = path / file.stem / STREETS / f'{len(images):06}.png'
            voted = read_vote(vote, (frame.shape[0], frame.shape[1]))
            parts = reduced(frame, *voted)
            for kept, pixels in zip((images, labels, weights), parts, strict=True):
                kept.append(pixels)
        takes.append(Take(np.stack(images), np.stack(labels), np.stack(weights), video.rate_hz))
    return takes


def reduced(
    frame: npt.NDArray[Any], labels: npt.NDArray[np.uint8], weights: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Bring a frame of a video, BGR, to 640x360 RGB, and its maps of any size with it."""
    small = cv2.resize(frame, VIDEO_SIZE, interpolation=cv2.INTER_AREA)
    image = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
    ids, trust = (
        np.asarray(cv2.resize(part, VIDEO_SIZE, interpolation=cv2.INTER_NEAREST), np.uint8)
        for part in (labels, weights)
    )
    return image, ids, trust


def _files(folder: Path, pattern: str) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f'there is no folder {folder}; the recipe names where data is')
    files = sorted(folder.glob(pattern))
    if not files:
        raise DataError(f'{folder} holds no {pattern}; the recipe names where data is')
    return files


def read_vote(
    path: Path, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Read ``NAME.png`` and ``NAME_conf.png``: the classes that were voted, and how surely."""
    ids = read_ids(path, size, len(street_labels()), UNLABELLED)
    return ids, read_map(path.with_stem(f'{path.stem}_conf'), size)
