"""Files and folders that appear under their names whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
import os
from pathlib import Path
from secrets import token_hex
import shutil
import time

# What a killed process left behind is taken away after that.
LEFT_OVER_S = 3600.0


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """
    Give a place to make a file or a folder at; it takes its name if the block ends well.

    The place lies in a hidden folder beside the name, so that one rename moves it. That folder is
    removed in any case. What had the name before stands until then: whoever reads meanwhile sees
    the old or the new, a full disk leaves the old, and processes that write at the same time do
    not meet.

    :param path: The name; folders above it are made.
    :raises OSError: if nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear(path)
    # Made inside of the block: a signal may raise between any two lines.
    room = path.with_name(f'.{path.name}.{token_hex(8)}')
    try:
        room.mkdir()
        place = room / path.name
        yield place
        if place.is_dir() and path.is_dir():
            _swap(place, path, room / 'before')
        else:
            _settle(place)
            place.replace(path)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """
    Write a file; whoever reads meanwhile sees the one before.

    :raises OSError: if it cannot be written.
    """
    with whole(path) as place:
        place.write_bytes(content)


def _settle(place: Path) -> None:
    """Have a file on the disk before it takes its name."""
    if place.is_file():
        with place.open('rb+') as file:
            os.fsync(file.fileno())


def _swap(place: Path, path: Path, before: Path) -> None:
    """Replace a folder, which no rename does."""
    path.rename(before)
    try:
        place.rename(path)
    except BaseException:
        before.rename(path)
        raise


def _clear(path: Path) -> None:
    """Take away what killed processes left of a name."""
    for room in path.parent.glob(f'.{escape(path.name)}.{"[0-9a-f]" * 16}'):
        with suppress(OSError):
            if time.time() - room.stat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(room, ignore_errors=True)
