"""Files and folders that appear under their names whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
import shutil


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """
    Give a place to make a file or a folder at; it takes its name if the block ends well.

    The place lies in a hidden folder beside the name, so that one rename moves it. That folder is
    removed in any case. What had the name before stands until then.

    :param path: The name; folders above it are made.
    :raises OSError: if nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made inside of the block: a signal may raise between any two lines.
    room = path.with_name(f'.{path.name}.{token_hex(8)}')
    try:
        room.mkdir()
        place = room / path.name
        yield place
        if place.is_dir() and path.is_dir():
            _swap(place, path, room / 'before')
        else:
            place.replace(path)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _swap(place: Path, path: Path, before: Path) -> None:
    """Replace a folder, which no rename does."""
    path.rename(before)
    try:
        place.rename(path)
    except BaseException:
        before.rename(path)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """
    Write a file; whoever reads meanwhile sees the one before.

    :raises OSError: if it cannot be written.
    """
    with whole(path) as place:
        place.write_bytes(content)
