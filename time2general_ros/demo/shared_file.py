"""Files that are installed beside the package, in its ``share`` folder."""

from __future__ import annotations

import os
from pathlib import Path
import sys

import time2general_ros
from time2general_ros.demo.demo_error import DemoError

_NAME = 'time2general_ros'


def shared_file(relative: str) -> Path:
    """
    Find a file of the package's ``share`` folder.

    It is looked for in the source tree, in the Python environment and in the ROS 2 workspaces that
    are sourced.

    :param relative: Path below the folder, as ``config/fastdds.xml``.
    :raises DemoError: if it is in none of these places.
    """
    prefixes = [sys.prefix, *os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)]
    folders = [
        Path(time2general_ros.__file__).parents[1],
        *(Path(prefix) / 'share' / _NAME for prefix in prefixes if prefix),
    ]
    for folder in folders:
        if (folder / relative).is_file():
            return folder / relative
    places = ', '.join(str(folder) for folder in folders)
    raise DemoError(f'{relative} is in none of {places}; install the package again')
