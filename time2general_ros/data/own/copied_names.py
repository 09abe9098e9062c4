"""Names of copied frames: each once, and read again as frames of the same drive and video."""

from __future__ import annotations

from collections import Counter
import re
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import NANOSECONDS
from time2general_ros.data.frame_times import ERA_S, NAME
from time2general_ros.unique import unique

if TYPE_CHECKING:
    from collections.abc import Iterable

    from time2general_ros.data.labelled_video import LabelledFrame

UNSAFE = re.compile(r'[^\w.-]+')


class CopiedNames:
    """
    Gives names to the frames of some drives, in the order in which it is asked.

    :param drives: Their names, of any letters.
    """

    def __init__(self, drives: Iterable[str]) -> None:
        self._folders = _folders({*drives})
        self._given: Counter[str] = Counter()

    def still(self, drive: str, frame: LabelledFrame) -> str:
        """
        Name a still ``DRIVE/NUMBER``: anything else in a name would tell of another drive.

        The number is that at the end of its own name, else the longest there. A second one of a
        number has a fraction.
        """
        match = NAME.fullmatch(frame.name)
        inside = reversed(re.findall(r'\d+', frame.name))
        number = match['number'] if match else max(inside, key=len, default='0')
        path, before = self._count(drive, number)
        while before:
            separator = '' if '.' in number else '.'
            path, before = self._count(drive, f'{number}{separator}{before + 1}')
        return path

    def of_video(self, drive: str, frame: LabelledFrame, first_ns: int) -> str:
        """
        Name a frame of a video ``DRIVE/NANOSECONDS``, with lines before it if there is one.

        :param first_ns: The time of the first frame of the video. Where it is none of this
            century, times are counted from 2001: as others they would be numbers of stills.
        """
        epoch_ns = 0 if is_dated(first_ns) else ERA_S.start * NANOSECONDS
        name = f'{frame.stamp_ns + epoch_ns:019d}'
        path, before = self._count(drive, name)
        # Another sequence of the drive, as of a second camera: lines keep them apart.
        while before:
            name = f'_{name}'
            path, before = self._count(drive, name)
        return path

    def _count(self, drive: str, name: str) -> tuple[str, int]:
        """Give the path of a name, and how often it was asked for before."""
        path = f'{self._folders[drive]}/{name}'
        before = self._given[path]
        self._given[path] += 1
        return path, before


def is_dated(stamp_ns: int) -> bool:
    """Tell whether a time is one of this century, and so a time in any name."""
    return stamp_ns // NANOSECONDS in ERA_S


def _folders(drives: set[str]) -> dict[str, str]:
    """Name a folder for each drive; those that are no names of folders give way to others."""
    ordered = sorted(drives, key=lambda drive: (_safe(drive) != drive, drive))
    return dict(zip(ordered, unique(map(_safe, ordered)), strict=True))


def _safe(drive: str) -> str:
    """Replace what a folder must not hold; what begins with a dot would be hidden."""
    name = UNSAFE.sub('_', drive)
    return f'_{name}' if name.startswith('.') and name != '.' else name
