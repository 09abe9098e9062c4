"""Any labelled data as a folder of one's own: pictures, label maps and ``dataset.json``."""

from __future__ import annotations

from collections import Counter
import json
import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from time2general_ros.data.labelled_video import DataError, labelled_frames
from time2general_ros.data.own.description import DESCRIPTION, read_description
from time2general_ros.data.survey.survey import drive_of
from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledVideo, LabelledVideos

UNSAFE = re.compile(r'[^\w.-]+')


def some_drives(data: LabelledVideos, frames: int) -> list[str]:
    """
    Choose whole drives, evenly through their names, that have so many labelled frames together.

    :returns: all drives if there are no more frames than that.
    """
    sizes: Counter[str] = Counter()
    for video in data.videos:
        sizes[drive_of(video)] += len(labelled_frames(video))
    names = sorted(sizes)
    step = max(1, sum(sizes.values()) // max(1, frames))
    ordered = [name for first in range(step) for name in names[first::step]]
    chosen: list[str] = []
    for name in ordered:
        if sum(sizes[one] for one in chosen) + sizes[name] <= frames:
            chosen.append(name)
    return sorted(chosen)


def copy_data(
    data: LabelledVideos,
    root: Path,
    part: str,
    drives: list[str],
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """
    Write the labelled frames of some drives as ``PART/images`` and ``PART/labels``.

    Pictures and maps of ids are PNG, a folder a drive. Frames of videos are named by their times
    in nanoseconds, stills by their own names. ``dataset.json`` gets the classes.

    :returns: the number of frames.
    :raises DataError: if the folder has other classes, or the part is there already.
    """
    _describe(data, root)
    if (root / part).exists():
        raise DataError(f'{root / part} is there already; remove it, or name another part')
    chosen = [video for video in data.videos if drive_of(video) in drives]
    total = sum(len(labelled_frames(video)) for video in chosen)
    done = 0
    for video in chosen:
        for index in labelled_frames(video):
            frame = video.frame(index)
            name = _name(video, frame.name, frame.stamp_ns)
            write_png(root / part / 'images' / f'{name}.png', frame.image)
            write_png(root / part / 'labels' / f'{name}.png', frame.labels)
            done += 1
            on_frame(done, total)
    return done


def _describe(data: LabelledVideos, root: Path) -> None:
    if (root / DESCRIPTION).exists():
        known = read_description(root).labels
        if known.classes != data.label_set.classes:
            raise DataError(
                f'{root / DESCRIPTION} has the classes {list(known.classes)}, the data '
                f'{list(data.label_set.classes)}; name another folder'
            )
        return
    classes = data.label_set.to_list()
    said = {
        'name': data.label_set.name, 'rate_hz': None, 'classes': classes, 'void_id': UNLABELLED
    }  # fmt: skip
    write_whole(root / DESCRIPTION, (json.dumps(said, indent=2) + '\n').encode())


def _name(video: LabelledVideo, name: str, stamp_ns: int) -> str:
    drive = UNSAFE.sub('_', drive_of(video))
    if len(video) > 1:
        return f'{drive}/{stamp_ns:019d}'
    return f'{drive}/{UNSAFE.sub("_", name).removeprefix(f"{drive}_")}'


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write ids, uint8 [H, W], or a picture, RGB [H, W, 3]."""
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, content = cv2.imencode('.png', stored)
    if not done:
        raise DataError(f'{path} cannot be encoded as PNG')
    write_whole(path, content.tobytes())
