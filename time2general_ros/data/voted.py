"""Training material with votes of other networks, and with human labels where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.drives_left_out import left_out
from time2general_ros.data.label_maps import read_ids, read_image
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.takes import Take, read_vote, reduced
from time2general_ros.data.video_frames import VideoFrames
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
    :param votes: Another folder that holds the votes, laid out as this one; None for this one.
    """

    folder: Path
    labels: str = ''
    void: int = UNLABELLED
    part: str = 'train'
    without: tuple[str, ...] = ()
    votes: Path | None = None

    @property
    def stills(self) -> list[Path]:
        """
        Its still images of the part, by name.

        :raises DataError: if the part is unknown.
        """
        found = sorted((self.folder / 'images').glob('*.jpg')) or sorted(self.folder.glob('*.jpg'))
        return chosen(found, self)

    @property
    def videos(self) -> list[Path]:
        """Its videos, by name."""
        return sorted(self.folder.glob('*.mp4'))

    def vote(self, name: str, video: str = '') -> Path:
        """Say where the vote of a still lies, or of a frame ``NNNNNN`` of a video."""
        return (self.votes or self.folder) / video / STREETS / f'{name}.png'


def load_voted(source: VotedFolder, groups: Groups, frames: int) -> list[Take]:
    """
    Read voted stills and videos.

    :param groups: Of the classes of streets; get those of the human labels.
    :param frames: Length of clips: videos become stills of their voted frames for clips of one
        frame, and stay whole for longer ones.
    :raises DataError: if the folder holds neither, or a file is missing or damaged.
    """
    stills, videos = source.stills, source.videos
    if not stills and not videos:
        raise DataError(f'{source.folder} holds no *.jpg and no *.mp4; the recipe names it')
    takes = [_still(file, source, groups) for file in stills]
    for file in videos:
        takes += _video_takes(file, source, frames)
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
    vote, trust = read_vote(source.vote(file.stem), size)
    coarse = np.full(size, UNLABELLED, np.uint8)
    if source.labels:
        labels = load_label_set(source.labels)
        ids = read_ids(
            source.folder / 'labels' / f'{file.stem}.png',
            size,
            len(labels),
            source.void,
            f'in the recipe name the label set of these maps as labels, not {source.labels}, or '
            'as void their id for no class',
        )
        coarse = groups.code_table(labels)[ids]
    joined, weights = join(coarse, vote, trust, groups.membership())
    return Take(image[None], joined[None], weights[None], STILL_HZ)


def _video_takes(file: Path, source: VotedFolder, frames: int) -> Iterator[Take]:
    video = VideoFrames(file)
    pictures: list[tuple[Pixels, Pixels, Pixels]] = []
    for index, frame in enumerate(video):
        vote = source.vote(f'{index:06}', file.stem)
        if frames == 1 and not vote.is_file():
            continue
        height, width = frame.shape[:2]
        voted = (np.full((1, 1), UNLABELLED, np.uint8), np.zeros((1, 1), np.uint8))
        if vote.is_file():
            voted = read_vote(vote, (height, width))
        pictures.append(reduced(frame, *voted))
    if frames == 1:
        for image, labels, weights in pictures:
            yield Take(image[None], labels[None], weights[None], STILL_HZ)
    elif len(pictures) >= frames:
        stacked = [np.stack(parts) for parts in zip(*pictures, strict=True)]
        yield Take(stacked[0], stacked[1], stacked[2], video.rate_hz)
