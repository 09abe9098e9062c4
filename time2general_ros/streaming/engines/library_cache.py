"""A folder in which the library of an engine keeps files of its own, as a whole or not at all."""

from __future__ import annotations

from contextlib import suppress
import hashlib
import json
from pathlib import Path
import shutil
from tempfile import mkdtemp
import time
from typing import TYPE_CHECKING, TypeVar

from time2general_ros.checksum import sha256
from time2general_ros.streaming.engines.errors import OutOfDeviceMemoryError
from time2general_ros.whole import LEFT_OVER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar('T')

WHOLE = 'whole.json'


def start_with_cache(
    start: Callable[[Path | None], T],
    folder: Path | None,
    facts: Sequence[str],
    tell: Callable[[str], None],
) -> T:
    """
    Start what reads and writes files in a folder, so that it finds only whole ones.

    Libraries write while others read, and believe what an interrupted process left. So each first
    start has a new folder, which is kept with the checksums of its files only after the start has
    gone well. What is damaged, or does not start, is made anew.

    :param start: Is given the folder; None for none.
    :param folder: Where such folders are kept; None for none.
    :param facts: All that the files depend on: of other versions there is another folder.
    :param tell: Is given a line if nothing can be kept, or what was kept is of no use.
    """
    if folder is None:
        return start(None)
    name = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
    place = folder / f'{facts[0]}-{name}'
    if _is_whole(place):
        try:
            return start(place)
        except OutOfDeviceMemoryError:
            raise
        except Exception as error:
            tell(f'warning: {place} is of no use: {error}; it is made anew')
    _clear(place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = Path(mkdtemp(prefix=f'.{place.name}-', dir=folder))
    except OSError as error:
        tell(
            f'warning: nothing can be kept in {folder}: {error.strerror}; every start takes as '
            'long as the first'
        )
        return start(None)
    try:
        started = start(new)
        # Where another process was first, its folder stays.
        with suppress(OSError):
            _seal(new)
            new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return started


def _files(folder: Path) -> dict[str, str]:
    return {p.name: sha256(p) for p in folder.iterdir() if p.is_file() and p.name != WHOLE}


def _seal(folder: Path) -> None:
    (folder / WHOLE).write_text(json.dumps(_files(folder)), encoding='utf-8')


def _is_whole(folder: Path) -> bool:
    try:
        sealed = json.loads((folder / WHOLE).read_text(encoding='utf-8'))
        return bool(sealed == _files(folder))
    except (OSError, ValueError):
        return False


def _clear(place: Path) -> None:
    """Take away what is of no use, and what killed processes left behind."""
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        for folder in place.parent.glob(f'.{place.name}-*'):
            if time.time() - folder.stat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(folder, ignore_errors=True)
