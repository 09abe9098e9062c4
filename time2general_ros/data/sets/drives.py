"""Splits that are limited to some drives, for leaving one out."""

from __future__ import annotations

from dataclasses import replace
import re
from typing import TYPE_CHECKING

from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from time2general_ros.data.file_video import FileVideo, FileVideos

CHOICE = re.compile(r'(?P<split>.+)-(?P<how>without|only)-(?P<drives>[^-]*)')


def base_split(split: str) -> str:
    """Return the split that ``SPLIT-without-DRIVE`` or ``SPLIT-only-DRIVE`` takes its part of."""
    match = CHOICE.fullmatch(split)
    return match['split'] if match else split


def open_drives(
    opener: Callable[[Path, str], FileVideos],
    drive_of: Callable[[FileVideo], str],
    path: Path,
    split: str,
) -> FileVideos:
    """
    Open a split, or those of its drives that its name leaves.

    :param opener: Opens a whole split.
    :param drive_of: Names the drive of a video.
    :param split: Its name, followed by ``-without-`` or ``-only-`` and drives joined by ``+``, as
        in ``train-without-0001TP``.
    :raises DataError: if it has no such drive, or nothing is left.
    """
    match = CHOICE.fullmatch(split)
    if match is None:
        return opener(path, split)
    data = opener(path, match['split'])
    named, known = set(match['drives'].split('+')), {drive_of(v) for v in data.videos}
    if unknown := sorted(named - known):
        raise DataError(
            f'the split {match["split"]!r} of {path} has no drive {unknown[0]!r}; there are: '
            f'{", ".join(sorted(known))}'
        )
    kept = named if match['how'] == 'only' else known - named
    if not kept:
        raise DataError(f'{split!r} leaves no drive of {", ".join(sorted(known))}')
    return replace(data, videos=[v for v in data.videos if drive_of(v) in kept])
