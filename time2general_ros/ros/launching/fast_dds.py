"""What Fast DDS and Cyclone DDS have to be told so that whole images pass through them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_NAME = 'FASTDDS_DEFAULT_PROFILES_FILE'
_OLD_NAME = 'FASTRTPS_DEFAULT_PROFILES_FILE'
_OLD_DISTRIBUTIONS = ('humble', 'jazzy')
_CYCLONE = 'CYCLONEDDS_URI'


def large_image_environment(share: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """
    Give the variables for a process that sends or receives images of more than 512 kB.

    Each middleware reads its own and none that of another.

    :param share: Folder of the package's files, with ``config/fastdds.xml`` and
        ``config/cyclonedds.xml`` in it.
    :param environment: What is set already; a choice of the user's is left alone.
    """
    given = {}
    if _NAME not in environment and _OLD_NAME not in environment:
        is_old = environment.get('ROS_DISTRO') in _OLD_DISTRIBUTIONS
        given[_OLD_NAME if is_old else _NAME] = str(share / 'config' / 'fastdds.xml')
    if _CYCLONE not in environment:
        given[_CYCLONE] = (share / 'config' / 'cyclonedds.xml').resolve().as_uri()
    return given
