"""Libraries that some commands need and running does not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError
from time2general_ros.imports import pip_install

if TYPE_CHECKING:
    from collections.abc import Iterator

# Needed by what is done without training, too.
ALONE = {'onnxruntime'}


class MissingLibraryError(Time2GeneralError):
    """A command needs a library that running does not."""


@contextmanager
def training_libraries(what: str) -> Iterator[None]:
    """
    Name the package to install where an import inside finds none.

    :param what: What is being done.
    :raises MissingLibraryError: if a module is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        extra = None if error.name in ALONE else 'train'
        raise MissingLibraryError(
            f'{what} needs the module {error.name!r}: {pip_install(error.name or "", extra)}'
        ) from error
