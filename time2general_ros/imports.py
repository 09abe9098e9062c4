"""Modules that cannot be imported, told in a line instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
import sys

from time2general_ros.errors import Time2GeneralError

# What pip calls a module, where that is not the module's own name.
_PACKAGES = {
    'cv2': 'opencv-python-headless',
    'lightning_fabric': 'lightning-fabric',
    'rclpy': 'ros-rclpy',
    'rerun': 'rerun-sdk',
    'ruamel': 'ruamel.yaml',
    'yaml': 'pyyaml',
}
# What is rarely missing alone, and in which extra the rest is.
_EXTRAS = {
    'jinja2': 'replay',
    'markupsafe': 'replay',
    'pyarrow': 'replay',
    'ray': 'fleet',
    'rclpy': 'ros',
    'rerun': 'rerun',
    'tensorrt': 'tensorrt',
    'torch': 'train',
}
# What results of a replay and their page need, of the extra replay.
PAGE_MODULES = ('pyarrow', 'jinja2')


class ImportFailedError(Time2GeneralError):
    """A module that is needed is not installed, or does not load."""


def pip_install(module: str, extra: str | None = None) -> str:
    """
    Tell how pip gets a module, and what is needed beside it.

    Packages are named one by one: this one is on no index, so that pip would find none of its
    extras there, or a stranger's.

    :param extra: The module is of this extra; by default the one that it is known to be of.
    """
    extra = extra or _EXTRAS.get(module)
    packages = [_PACKAGES.get(module, module) or 'its package']
    try:
        needed = metadata.requires(__package__) or []
    except metadata.PackageNotFoundError:  # runs from its sources
        needed = []
    parts = [line.partition(';') for line in needed]
    of_extra = [name.strip() for name, _, when in parts if extra and f'extra == "{extra}"' in when]
    quoted = (f'"{name}"' if set(name) & set('[<>=*') else name for name in of_extra or packages)
    return f'pip install {" ".join(quoted)}'


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
    return f'{what}: {sys.executable} -m {pip_install(module)}'
