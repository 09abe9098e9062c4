"""Where the files that are installed beside the code lie: launch, config, models, rviz."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import sys
import sysconfig

from time2general_ros.errors import Time2GeneralError

PACKAGE = 'time2general_ros'


class ShareError(Time2GeneralError):
    """The package is installed without its share folder."""


def share_folder() -> Path:
    """
    Find the folder that holds ``package.xml``, ``models``, ``config``, ``launch`` and ``rviz``.

    A source checkout wins over a ROS 2 workspace, which wins over a pip installation, so that
    code and files are of the same version when several are present.

    :raises ShareError: if there is none; the message lists the folders that were looked at.
    """
    looked_at = list(dict.fromkeys(_candidates()))
    for folder in looked_at:
        if (folder / 'package.xml').is_file():
            return folder
    places = '\n'.join(f'  {folder}' for folder in looked_at)
    raise ShareError(
        f'the share folder of {PACKAGE} (with package.xml and models) is in none of:\n{places}\n'
        'Source the workspace (install/setup.bash) or install the package again.'
    )


def _candidates() -> Iterator[Path]:
    yield Path(__file__).resolve().parent.parent
    for prefix in filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)):
        yield Path(prefix, 'share', PACKAGE)
    yield Path(sys.prefix, 'share', PACKAGE)
    for scheme in (sysconfig.get_default_scheme(), f'{os.name}_user'):
        yield Path(sysconfig.get_path('data', scheme), 'share', PACKAGE)
