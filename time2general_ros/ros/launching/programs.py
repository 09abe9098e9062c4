"""What a launch file starts has to be there before anything is started."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import subprocess
from typing import Any

from time2general_ros.errors import Time2GeneralError

_BAG_PATIENCE_S = 60.0


class ProgramMissingError(Time2GeneralError):
    """A program that is needed is not installed."""


def require_program(package: str, name: str) -> None:
    """
    Look for a program of a ROS 2 package.

    :raises ProgramMissingError: if it is not there.
    """
    index: Any = import_module('ament_index_python.packages')
    try:
        path = Path(index.get_package_prefix(package)) / 'lib' / package / name
    except (index.PackageNotFoundError, ValueError):
        path = Path()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ProgramMissingError(
            f'the program {name} of the package {package} is not installed: {_remedy(package)}'
        )


def require_bag_commands() -> None:
    """
    Look for ``ros2 bag`` and for what the replay calls it with.

    :raises ProgramMissingError: if it is not there.
    """
    remedy = 'sudo apt install ros-$ROS_DISTRO-ros2bag, and source the installation'
    if shutil.which('ros2') is None:
        raise ProgramMissingError(f'the program ros2 is not on the PATH: {remedy}')
    try:
        tried = subprocess.run(
            ['ros2', 'bag', 'play', '--help'],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_BAG_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramMissingError(f'ros2 bag cannot be run ({error}): {remedy}') from error
    if tried.returncode:
        raise ProgramMissingError(f'ros2 has no command bag: {remedy}')
    if find_spec('rosbag2_interfaces') is None:
        raise ProgramMissingError(f'rosbag2_interfaces cannot be imported: {remedy}')


def _remedy(package: str) -> str:
    if package == 'time2general_ros':
        return 'build the workspace with colcon, and source it'
    return f'sudo apt install ros-$ROS_DISTRO-{package.replace("_", "-")}'
