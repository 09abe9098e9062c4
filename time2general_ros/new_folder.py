"""A folder that is there as a whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NewFolderError(Time2GeneralError):
    """A folder cannot be made where it was asked for."""


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """
    Give an empty folder beside out, which takes its place if all goes well.

    :param out: Must not exist, or be an empty folder.
    :raises NewFolderError: if it holds something, or cannot be written.
    """
    check_new(out)
    try:
        with whole(out) as folder:
            folder.mkdir()
            yield folder
    except OSError as error:
        raise NewFolderError(
            f'cannot write {out}: {error.strerror or error}; name a folder with --out that can be '
            'written'
        ) from error


def check_new(out: Path) -> None:
    """
    Refuse what is there already, before anything is computed or fetched for it.

    :raises NewFolderError: if out exists and is no empty folder.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise NewFolderError(f'{out} exists already; remove it or name another folder with --out')
