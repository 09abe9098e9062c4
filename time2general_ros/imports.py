"""Modules that cannot be imported, told in a line instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
import sys

from time2general_ros.errors import Time2GeneralError

# What pip calls a module, where that is not the module's own name.
_PACKAGES = {
    'cv2': 'opencv-python-headless',
    'jinja2': 'time2general_ros[replay]',
    'lightning_fabric': 'lightning-fabric',
    'markupsafe': 'time2general_ros[replay]',
    'pyarrow': 'time2general_ros[replay]',
    'ray': 'time2general_ros[fleet]',
    'rerun': 'time2general_ros[rerun]',
    'ruamel': 'ruamel.yaml',
    'torch': 'time2general_ros[train]',
    'yaml': 'pyyaml',
}


# What results of a replay and their page need, of the extra replay.
PAGE_MODULES = ('pyarrow', 'jinja2')


class ImportFailedError(Time2GeneralError):
    """A module that is needed is not installed, or does not load."""


def missing_for_pages() -> list[str]:
    """Name what has to be installed before a page of a replay can be written."""
    return [name for name in PAGE_MODULES if find_spec(name) is None]


@contextmanager
def import_errors_told() -> Iterator[None]:
    """
    Turn what an import raises into an error for the user.

    :raises ImportFailedError: in place of an ImportError, unless a module of this package is the
        one that is missing: that is a fault of ours.
    """
    try:
        yield
    except ImportError as error:
        module = (error.name or '').partition('.')[0]
        if module == __package__:
            raise
        raise ImportFailedError(_told(error, module)) from error


def _told(error: ImportError, module: str) -> str:
    if isinstance(error, ModuleNotFoundError) and module:
        what = f'the module {error.name!r} is not installed'
    else:
        what = f'a module does not load: {" ".join(str(error).split())}'
    package = _PACKAGES.get(module, module) or 'its package'
    return f'{what}: {sys.executable} -m pip install "{package}"'
