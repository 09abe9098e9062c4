"""Pieces of a data set: found, or named together with where they belong and come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """
    A data set and the place it is obtained from.

    :param name: Name of the data set.
    :param url: Where its packages are.
    """

    name: str
    url: str

    def folder(self, path: Path, package: str) -> Path:
        """
        Return a folder that must be there.

        :param package: The download it comes with.
        :raises DataError: if it is not.
        """
        if not path.is_dir():
            raise self.missing(f'folder {path}', package)
        return path

    def file(self, path: Path, package: str) -> Path:
        """
        Return a file that must be there; see :meth:`folder`.

        :raises DataError: if it is not.
        """
        if not path.is_file():
            raise self.missing(f'file {path}', package)
        return path

    def files(self, folder: Path, pattern: str, package: str) -> list[Path]:
        """
        Return the files below a folder that match, of which there must be some.

        :raises DataError: if the folder is missing or no file matches.
        """
        found = sorted(self.folder(folder, package).glob(pattern))
        if not found:
            raise self.missing(f'{pattern} in {folder}', package)
        return found

    def all_of(self, wanted: Iterable[Path], package: str) -> None:
        """
        Insist on files.

        :raises DataError: if some are missing; names up to three.
        """
        missing = [str(path) for path in wanted if not path.is_file()]
        if missing:
            more = f' and {len(missing) - 3} more' if len(missing) > 3 else ''
            raise self.missing(f'file {", ".join(missing[:3])}{more}', package)

    def choose(self, split: str, known: Iterable[str]) -> str:
        """
        Return a split that must be one of the data set's.

        :raises DataError: if it is not.
        """
        options = list(known)
        if split not in options:
            raise DataError(
                f'{self.name} has no labelled split {split!r}; there are: {", ".join(options)}'
            )
        return split

    def missing(self, what: str, package: str) -> DataError:
        """Make the error for a missing piece."""
        return DataError(
            f'{self.name}: there is no {what}; it comes with {package} from {self.url} '
            '(docs/datasets.md shows the folders)'
        )
