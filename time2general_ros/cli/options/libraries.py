"""Libraries that some commands need and running does not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Those that have an extra of their own.
EXTRAS = {'onnxruntime': 'onnxruntime'}


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
        extra = EXTRAS.get(error.name or '', 'train')
        raise MissingLibraryError(
            f'{what} needs the module {error.name!r}: pip install "time2general_ros[{extra}]"'
        ) from error
