"""A folder that is there as a whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
import shutil
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    folder: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=f'.{out.name}-', dir=out.parent))
        yield folder
        folder.chmod(0o755)
        folder.replace(out)
    except OSError as error:
        raise NewFolderError(
            f'cannot write {out}: {error.strerror or error}; name a folder with --out that can be '
            'written'
        ) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def check_new(out: Path) -> None:
    """
    Refuse what is there already, before anything is computed or fetched for it.

    :raises NewFolderError: if out exists and is no empty folder.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise NewFolderError(f'{out} exists already; remove it or name another folder with --out')
