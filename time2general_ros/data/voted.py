"""Training material with votes of other networks, and with human labels where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.drives_left_out import left_out
from time2general_ros.data.label_maps import read_ids, read_image
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.takes import Take, read_vote, reduced
from time2general_ros.labels.cityscapes import STREETS
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.labels.groups import Groups

    Pixels = npt.NDArray[np.uint8]

# A vote chooses inside a human group from this mean probability on, in 256ths.
SURE = 128
STILL_HZ = 30.0
PARTS = ('train', 'fit', 'heldout')


@dataclass(frozen=True)
class VotedFolder:
    """
    A folder of stills or videos with votes in the classes of streets.

    Stills: ``[images/]NAME.jpg``, ``VOTES/NAME.png`` and, with human labels, ``labels/NAME.png``.
    Videos: ``NAME.mp4`` and ``NAME/VOTES/NNNNNN.png`` for all frames or for some. VOTES is
    :data:`STREETS`.

    :param labels: Label set of the human labels; '' for none. void: Their id for "no class".
    :param part: Which drives of stills named ``DRIVE_FRAME``: 'heldout', every fifth by name;
        'fit', the others; 'train', all.
    :param without: Drives that are left out, by name.
    """

    folder: Path
    labels: str = ''
    void: int = UNLABELLED
    part: str = 'train'
    without: tuple[str, ...] = ()


def load_voted(source: VotedFolder, groups: Groups, frames: int) -> list[Take]:
    """
    Read voted stills and videos.

    :param groups: Of the classes of streets; get those of the human labels.
    :param frames: Length of clips: videos become stills of their voted frames for clips of one
        frame, and stay whole for longer ones.
    :raises DataError: if the folder holds neither, or a file is missing or damaged.
    """
    stills = sorted((source.folder / 'images').glob('*.jpg')) or sorted(
        source.folder.glob('*.jpg')
    )
    videos = sorted(source.folder.glob('*.mp4'))
    if not stills and not videos:
        raise DataError(f'{source.folder} holds no *.jpg and no *.mp4; the recipe names it')
    takes = [_still(file, source, groups) for file in chosen(stills, source)]
    for file in videos:
        takes += _video_takes(file, frames)
    return takes


def chosen(stills: list[Path], source: VotedFolder) -> list[Path]:
    """
    Keep the stills whose drive belongs to the part.

    :raises DataError: if the part is unknown.
    """
    if source.part not in PARTS:
        raise DataError(f'part is {source.part!r}; known are {list(PARTS)}')
    drives = {_drive(file) for file in stills}
    aside = left_out(drives)
    kept = {'train': drives, 'fit': drives - aside, 'heldout': aside}[source.part]
    return [file for file in stills if _drive(file) in kept - {*source.without}]


def join(
    coarse: Pixels, vote: Pixels, trust: Pixels, membership: npt.NDArray[np.bool_]
) -> tuple[Pixels, Pixels]:
    """
    Join human groups with a vote in fine classes.

    The human label decides the group. Where the vote is sure and names a member, it chooses inside
    the group; elsewhere the group itself is the label. Pixels without a human label keep the vote,
    trusted as far as it is sure.

    :param coarse: Codes of groups, uint8 [H, W], 255 = void; vote, trust: uint8 [H, W].
    :returns: labels and weights, both uint8 [H, W].
    """
    inside = membership[coarse, np.minimum(vote, membership.shape[1] - 1)]
    finer = inside & (vote != UNLABELLED) & (trust >= SURE)
    void = coarse == UNLABELLED
    labels = np.where(finer | void, vote, coarse).astype(np.uint8)
    return labels, np.where(void, trust, 255).astype(np.uint8)


def _drive(file: Path) -> str:
    return file.stem.split('_')[0]


def _still(file: Path, source: VotedFolder, groups: Groups) -> Take:
    image = read_image(file)
    size = (image.shape[0], image.shape[1])
    vote, trust = read_vote(source.folder / STREETS / f'{file.stem}.png', size)
    coarse = np.full(size, UNLABELLED, np.uint8)
    if source.labels:
        labels = load_label_set(source.labels)
        ids = read_ids(
            source.folder / 'labels' / f'{file.stem}.png', size, len(labels), source.void
        )
        coarse = groups.code_table(labels)[ids]
    joined, weights = join(coarse, vote, trust, groups.membership())
    return Take(image[None], joined[None], weights[None], STILL_HZ)


def _video_takes(file: Path, frames: int) -> Iterator[Take]:
    capture = cv2.VideoCapture(str(file))
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    pictures: list[tuple[Pixels, Pixels, Pixels]] = []
    index = 0
    while (frame := capture.read())[0]:
        vote = file.parent / file.stem / STREETS / f'{index:06}.png'
        index += 1
        if frames == 1 and not vote.is_file():
            continue
        height, width = frame[1].shape[:2]
        voted = (np.full((1, 1), UNLABELLED, np.uint8), np.zeros((1, 1), np.uint8))
        if vote.is_file():
            voted = read_vote(vote, (height, width))
        pictures.append(reduced(frame[1], *voted))
    if not index:
        raise DataError(f'{file} holds no frame that can be decoded')
    if frames == 1:
        for image, labels, weights in pictures:
            yield Take(image[None], labels[None], weights[None], STILL_HZ)
    elif len(pictures) >= frames:
        stacked = [np.stack(parts) for parts in zip(*pictures, strict=True)]
        yield Take(stacked[0], stacked[1], stacked[2], rate_hz)
