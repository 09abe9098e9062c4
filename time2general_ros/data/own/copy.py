"""Any labelled data as a folder of one's own: pictures, label maps and ``dataset.json``."""

from __future__ import annotations

from collections import Counter
import json
import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError, labelled_frames, stamp_of
from time2general_ros.data.own.copied_names import CopiedNames, is_dated
from time2general_ros.data.own.description import CLASS_LIST, DESCRIPTION, read_description
from time2general_ros.data.sets.drives import base_split
from time2general_ros.data.survey.survey import drive_of
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.whole import whole, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame, LabelledVideo, LabelledVideos

# Folders and files that stand beside the parts.
TAKEN = ('images', 'labels', 'annotations', DESCRIPTION, CLASS_LIST)


def check_part_name(part: str) -> None:
    """
    Refuse a name of a part that could not be read again.

    :raises DataError: if it is one of another thing in such a folder, or of some drives of a part.
    """
    if not re.fullmatch(r'\w[\w.-]*', part) or part in TAKEN or base_split(part) != part:
        raise DataError(f'{part!r} is no name of a part; give another with --as, such as train')


def some_drives(data: LabelledVideos, frames: int | None) -> list[str]:
    """
    Choose whole drives, evenly through their names, that have so many labelled frames together.

    :param frames: None for no limit.
    :returns: all drives with labels if there are no more frames than that.
    :raises DataError: if no frame has labels, or every drive has more frames than that.
    """
    sizes: Counter[str] = Counter()
    for video in data.videos:
        sizes[drive_of(video)] += len(labelled_frames(video))
    sizes = +sizes
    if not sizes:
        raise DataError('no frame has labels; there is nothing to copy')
    names = sorted(sizes)
    if frames is None:
        return names
    step = max(1, sizes.total() // max(1, frames))
    ordered = [name for first in range(step) for name in names[first::step]]
    chosen: list[str] = []
    for name in ordered:
        if sum(sizes[one] for one in chosen) + sizes[name] <= frames:
            chosen.append(name)
    if not chosen:
        smallest = min(names, key=lambda name: sizes[name])
        raise DataError(
            f'no drive has {frames} labelled frames or fewer; the smallest, {smallest!r}, has '
            f'{sizes[smallest]}: allow as many'
        )
    return sorted(chosen)


def copy_data(
    data: LabelledVideos,
    root: Path,
    part: str,
    drives: list[str],
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """
    Write the labelled frames of some drives as ``PART/images`` and ``PART/labels``, or nothing.

    Pictures and maps of ids are PNG, a folder a drive, under names of :class:`CopiedNames`.
    ``dataset.json`` gets the classes.

    :returns: the number of frames.
    :raises DataError: if the folder has other classes or splits of its own, the part is there
        already, or a frame cannot be read.
    """
    _check_folder(data, root, part)
    if (root / part).exists():
        raise DataError(f'{root / part} is there already; remove it, or name another part')
    chosen = [video for video in data.videos if drive_of(video) in drives]
    total = sum(len(labelled_frames(video)) for video in chosen)
    names, done = CopiedNames(drives), 0
    with whole(root / part) as place:
        for video in chosen:
            for index in labelled_frames(video):
                frame = video.frame(index)
                name = _name(names, video, frame)
                write_png(place / 'images' / f'{name}.png', frame.image)
                write_png(place / 'labels' / f'{name}.png', frame.labels)
                done += 1
                on_frame(done, total)
        _describe(data, root)
    return done


def _name(names: CopiedNames, video: LabelledVideo, frame: LabelledFrame) -> str:
    # A frame that stands alone in its video may still tell its time.
    if len(video) == 1 and not is_dated(frame.stamp_ns):
        return names.still(drive_of(video), frame)
    return names.of_video(drive_of(video), frame, stamp_of(video, 0))


def _check_folder(data: LabelledVideos, root: Path, part: str) -> None:
    if not (root / DESCRIPTION).exists():
        return
    description = read_description(root)
    if description.splits:
        raise DataError(
            f'{root / DESCRIPTION} says itself which parts there are '
            f'({", ".join(description.splits)}), so that {part!r} would not be read; name another '
            'folder'
        )
    known = description.labels
    if known.classes != data.label_set.classes:
        raise DataError(
            f'{root / DESCRIPTION} has the classes {list(known.classes)}, the data '
            f'{list(data.label_set.classes)}; name another folder'
        )


def _describe(data: LabelledVideos, root: Path) -> None:
    if (root / DESCRIPTION).exists():
        return
    classes = data.label_set.to_list()
    said = {
        'name': data.label_set.name, 'rate_hz': None, 'classes': classes, 'void_id': UNLABELLED
    }  # fmt: skip
    write_whole(root / DESCRIPTION, (json.dumps(said, indent=2) + '\n').encode())


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write ids, uint8 [H, W], or a picture, RGB [H, W, 3]."""
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, content = cv2.imencode('.png', stored)
    if not done:
        raise DataError(f'{path} cannot be encoded as PNG')
    write_whole(path, content.tobytes())
