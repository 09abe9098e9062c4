"""What Fast DDS has to be told so that whole images pass through its shared memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_NAME = 'FASTDDS_DEFAULT_PROFILES_FILE'
_OLD_NAME = 'FASTRTPS_DEFAULT_PROFILES_FILE'
_OLD_DISTRIBUTIONS = ('humble', 'jazzy')


def large_image_environment(share: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """
    Give the variables for a process that sends or receives images of more than 512 kB.

    :param share: Folder of the package's files, with ``config/fastdds.xml`` in it.
    :param environment: What is set already; a choice of the user's is left alone.
    """
    if _NAME in environment or _OLD_NAME in environment:
        return {}
    is_old = environment.get('ROS_DISTRO') in _OLD_DISTRIBUTIONS
    return {_OLD_NAME if is_old else _NAME: str(share / 'config' / 'fastdds.xml')}
