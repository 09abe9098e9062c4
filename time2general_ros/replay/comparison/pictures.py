"""Frames of a comparison as both runs saw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.errors import Time2GeneralError
from time2general_ros.replay.comparison.camera_frames import CameraFrames

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from time2general_ros.replay.comparison.compare import Comparison
    from time2general_ros.replay.comparison.moments import Moments

    Ids = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Seen:
    """
    One frame in both runs.

    :param row: Of the pair.
    :param image: RGB, uint8 [H, W, 3]; None if the recording is not there any more.
    :param a: Ids of the scored classes, uint8 [H, W]; b: alike.
    """

    row: int
    recording: str
    topic: str
    frame: int
    offset_s: float
    image: Ids | None
    a: Ids
    b: Ids


def look(compared: Comparison, chosen: Moments) -> tuple[list[Seen], list[str]]:
    """
    Fetch the frames that differ most, and others evenly between them.

    :returns: The frames in their order, and why images are missing.
    :raises Time2GeneralError: if the masks of a run cannot be read.
    """
    camera = compared.pair.camera
    seen: list[Seen] = []
    said: list[str] = []
    for number in np.unique(camera[chosen.rows]).tolist():
        own = [row for row in chosen.rows if camera[row] == number]
        found = CameraFrames(compared, own)
        images = _images(found, said)
        for row, a, b in zip(own, found.masks(compared.a), found.masks(compared.b), strict=True):
            facts = found.facts[row]
            seen.append(
                Seen(
                    row,
                    found.name,
                    facts['topic'],
                    facts['frame'],
                    facts['offset_s'],
                    images.get(row),
                    a,
                    b,
                )
            )
    return seen, said


def _images(found: CameraFrames, said: list[str]) -> Mapping[int, Ids]:
    """Read the images, as far as the recording is there."""
    try:
        return {
            row: picture.frame.image
            for row, picture in found.pictures(with_labels=False)
            if picture.frame is not None
        }
    except Time2GeneralError as error:
        said.append(f'no images of {found.name}: {error}')
        return {}
