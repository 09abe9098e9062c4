"""A plain folder of frames and label maps, described by a small file of its own."""

from __future__ import annotations

from dataclasses import dataclass
import json
import math
from typing import TYPE_CHECKING

from time2general_ros.data.frame_folder import FrameFolder
from time2general_ros.data.labelled_video import DataError
from time2general_ros.labels.cityscapes import STREETS
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTION = 'dataset.json'
EXAMPLE = f'{{"rate_hz": 30, "label_set": "{STREETS}", "void_id": 255}}'


@dataclass(frozen=True)
class Description:
    """
    What a folder says of itself.

    :param rate_hz: Frames per second that the numbers in names count; 1e9 for nanoseconds.
    :param label_set: Classes of the label maps; id k is class k.
    :param void_id: The id that stands for void.
    """

    rate_hz: float
    label_set: str = STREETS
    void_id: int = UNLABELLED


def open_folder(root: Path, split: str) -> FrameFolder:
    """
    Open ``SPLIT/images`` and ``SPLIT/labels``; an image without a label map is unlabelled.

    :param root: Folder with ``dataset.json`` and the splits.
    :raises DataError: if the description or a folder is missing or wrong.
    """
    file = root / DESCRIPTION
    try:
        description = Description(**json.loads(file.read_text(encoding='utf-8')))
        labels = load_label_set(description.label_set)
        if not 0 < description.rate_hz < math.inf:
            raise ValueError('rate_hz must be above 0, and finite')
        if description.void_id not in range(UNLABELLED + 1):
            raise ValueError('void_id must be a whole number from 0 to 255')
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f'{file} should describe the folder, as in {EXAMPLE}: {error}') from error
    return FrameFolder(
        root,
        split,
        labels,
        void_id=description.void_id,
        rate_hz=description.rate_hz,
        all_labelled=False,
    )
