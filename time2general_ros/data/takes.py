"""Training material in memory: stills and short videos with weighted labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.labels import UNLABELLED, load_label_set

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

CAMVID_VOID = 11
VIDEO_SIZE = (640, 360)
# Which fine class stands for a CamVid class where the vote names no member of it.
STAND_IN = (10, 2, 5, 0, 1, 8, 7, 4, 13, 11, 18)
PERSON, RIDER, BICYCLIST = 11, 12, 10


@dataclass(frozen=True)
class Take:
    """
    Consecutive frames of one camera; a still is a take of one frame.

    :param images: RGB, uint8 [T, H, W, 3].
    :param labels: ``cityscapes19`` ids, uint8 [T, H, W], 255 = unknown.
    :param weights: How far a label is trusted, uint8 [T, H, W], 0 to 255.
    :param rate_hz: Frames per second.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    weights: npt.NDArray[np.uint8]
    rate_hz: float


def refine(
    coarse: npt.NDArray[np.uint8], vote: npt.NDArray[np.uint8], trust: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """
    Join human labels in 11 classes with a vote in 19.

    The human label decides the group; inside it the vote chooses the class if it names one of the
    group, else the commonest member stands in. Void pixels keep the vote at its own confidence.

    :param coarse: uint8 [H, W], CamVid ids, 11 = void; vote: uint8 [H, W], fine ids.
    :param trust: uint8 [H, W], the vote's mean probability times 255.
    :returns: fine labels and weights, both uint8 [H, W].
    """
    merged = load_label_set('camvid11').merge_table()[vote]
    stand_in = np.full(256, UNLABELLED, np.uint8)
    stand_in[: len(STAND_IN)] = STAND_IN
    labels = np.where(merged == coarse, vote, stand_in[coarse])
    labels[(coarse == BICYCLIST) & (vote == PERSON)] = RIDER
    void = coarse == CAMVID_VOID
    labels[void] = vote[void]
    weights = np.where(void, trust // 2, 255).astype(np.uint8)
    return labels, weights


def load_camvid(path: Path, split: str = 'train') -> list[Take]:
    """
    Read labelled stills with their votes: ``<split>/{images,labels,cityscapes19}``.

    :raises DataError: if a file is missing; the message names it.
    """
    takes = []
    for file in sorted(_folder(path / split / 'images').glob('*.jpg')):
        vote = path / split / 'cityscapes19' / f'{file.stem}.png'
        labels, weights = refine(
            _grey(path / split / 'labels' / f'{file.stem}.png'),
            _grey(vote),
            _grey(vote.with_name(f'{file.stem}_conf.png')),
        )
        image = np.asarray(cv2.cvtColor(_read(file, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))
        takes.append(Take(image[None].astype(np.uint8), labels[None], weights[None], 30.0))
    return takes


def load_voted_videos(path: Path) -> list[Take]:
    """
    Read unlabelled videos with a vote per frame: ``NAME.mp4``, ``NAME/cityscapes19/NNNNNN.png``.

    Frames are reduced to 640x360, which is no less than the network sees.

    :raises DataError: if a video or a vote is missing; the message names it.
    """
    takes = []
    for file in sorted(_folder(path).glob('*.mp4')):
        capture = cv2.VideoCapture(str(file))
        images: list[npt.NDArray[Any]] = []
        labels: list[npt.NDArray[Any]] = []
        weights: list[npt.NDArray[Any]] = []
        while (frame := capture.read())[0]:
            vote = path / file.stem / 'cityscapes19' / f'{len(images):06}.png'
            small = cv2.resize(frame[1], VIDEO_SIZE, interpolation=cv2.INTER_AREA)
            images.append(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))
            for kept, name in ((labels, vote), (weights, vote.with_stem(f'{vote.stem}_conf'))):
                kept.append(cv2.resize(_grey(name), VIDEO_SIZE, interpolation=cv2.INTER_NEAREST))
        if not images:
            raise DataError(f'{file} holds no frame that can be decoded')
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        takes.append(Take(np.stack(images), np.stack(labels), np.stack(weights), rate_hz))
    return takes


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise DataError(f'there is no folder {path}; the recipe names where data is')
    return path


def _grey(path: Path) -> npt.NDArray[np.uint8]:
    return _read(path, cv2.IMREAD_GRAYSCALE)


def _read(path: Path, mode: int) -> npt.NDArray[np.uint8]:
    pixels = cv2.imread(str(path), mode) if path.is_file() else None
    if pixels is None:
        raise DataError(f'{path} is missing or is not an image')
    return np.asarray(pixels, np.uint8)
