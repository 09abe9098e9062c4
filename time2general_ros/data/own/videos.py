"""Videos and stills out of pictures that are named by their drive and number or time."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import FileVideo, FramePaths, unbroken_runs
from time2general_ros.data.frame_times import check_times, time_if_any, time_in_name
from time2general_ros.data.own.sizes import shown_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from time2general_ros.data.file_video import LabelReader
    from time2general_ros.data.own.names import Picture

# The drive of pictures whose names are nothing but a number.
NAMELESS = '.'


def videos_of(
    pictures: Iterable[Picture], rate_hz: float | None, read_labels: LabelReader
) -> list[FileVideo]:
    """
    Join the pictures of each drive to videos, cut where some are missing or the size changes.

    What stands before the number in a name, and the folder it is in, name the drive.

    :param rate_hz: What numbers in names count; None if they count nothing: then pictures whose
        names are no times are stills, each a video of one frame.
    :raises DataError: if a name has no number or the times are none of a video.
    """
    drives: dict[str, list[FramePaths]] = {}
    stills: dict[str, list[FramePaths]] = {}
    for picture in pictures:
        if rate_hz is None:
            before, stamp_ns = time_if_any(picture.image)
        else:
            before, stamp_ns = time_in_name(picture.image, rate_hz)
        folder = picture.name.rpartition('/')[0]
        drive = '/'.join(part for part in (folder, before.strip('_-. ')) if part) or NAMELESS
        frame = FramePaths(picture.image, picture.labels, stamp_ns or 0, drive=drive)
        (stills if stamp_ns is None else drives).setdefault(f'{folder}/{before}', []).append(frame)
    videos = []
    for _, frames in sorted(drives.items()):
        # Rates are told in the messages.
        check_times(frames, rate_hz or 1)
        for run in unbroken_runs(frames):
            videos += [FileVideo(list(same), read_labels) for _, same in groupby(run, _size)]
    return [
        *videos,
        *(FileVideo([still], read_labels) for _, one in sorted(stills.items()) for still in one),
    ]


def _size(frame: FramePaths) -> tuple[int, int] | None:
    return shown_size(frame.image)
