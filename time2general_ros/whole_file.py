"""Files that are there as a whole or not at all, whatever happens to who writes them."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from glob import escape
import os
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What a killed process left behind is taken away after that.
LEFT_OVER_S = 3600.0


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """
    Give the name of a new file to write, which takes the place of another if all goes well.

    Whoever reads meanwhile sees the old file or the new one, and processes that write at the same
    time do not meet. A full disk leaves the old file.

    :param path: In a folder that exists.
    :raises OSError: if the file cannot be written.
    """
    _clear(path)
    partial = path.with_name(f'.{path.name}-{secrets.token_hex(4)}.part')
    try:
        yield partial
        with partial.open('rb+') as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def _clear(path: Path) -> None:
    with suppress(OSError):
        for file in path.parent.glob(f'.{escape(path.name)}-*.part'):
            if time.time() - file.stat().st_mtime > LEFT_OVER_S:
                file.unlink()
