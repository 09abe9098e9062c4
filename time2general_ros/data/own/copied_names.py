"""Names of copied frames: each once, and read again as frames of the same drive and video."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import NANOSECONDS
from time2general_ros.data.frame_times import ERA_S, NAME

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
        self._given: set[str] = set()

    def still(self, drive: str, frame: LabelledFrame) -> str:
        """Name a still ``DRIVE/NUMBER``, or ``DRIVE/NAME`` if its name ends in none."""
        match = NAME.fullmatch(frame.name)
        return self._new(drive, match['number'] if match else UNSAFE.sub('_', frame.name))

    def of_video(self, drive: str, frame: LabelledFrame, first_ns: int) -> str:
        """
        Name a frame of a video ``DRIVE/NANOSECONDS``.

        :param first_ns: The time of the first frame of the video. Where it is none of this
            century, times are counted from 2001: as others they would be numbers of stills.
        """
        epoch_ns = 0 if first_ns // NANOSECONDS in ERA_S else ERA_S.start * NANOSECONDS
        return self._new(drive, f'{frame.stamp_ns + epoch_ns:019d}')

    def _new(self, drive: str, name: str) -> str:
        """Put lines in front of a name that is given: they change neither drive nor time."""
        path = f'{self._folders[drive]}/{name}'
        while path in self._given:
            name = f'_{name}'
            path = f'{self._folders[drive]}/{name}'
        self._given.add(path)
        return path


def _folders(drives: set[str]) -> dict[str, str]:
    """Name a folder for each drive; those that are no names of folders give way to others."""
    safe = {drive: _safe(drive) for drive in sorted(drives)}
    given = {drive for drive, name in safe.items() if drive == name}
    for drive, name in safe.items():
        if drive == name:
            continue
        number, folder = 1, name
        while folder in given:
            number += 1
            folder = f'{name}_{number}'
        given.add(folder)
        safe[drive] = folder
    return safe


def _safe(drive: str) -> str:
    """Replace what a folder must not hold; what begins with a dot would be hidden."""
    name = UNSAFE.sub('_', drive)
    return f'_{name}' if name.startswith('.') and name != '.' else name
