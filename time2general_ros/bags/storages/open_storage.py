"""Opening a bag in whatever form it is stored."""

from __future__ import annotations

from pathlib import Path

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.storages.bag_folder import BagFolder
from time2general_ros.bags.storages.open_file import open_file
from time2general_ros.bags.storages.storage import Storage


def open_storage(path: Path) -> Storage:
    """
    Open a rosbag2 directory, an MCAP file, a sqlite3 file or a ROS 1 bag, also as zstd.

    :raises BagError: if there is no bag, or nothing in it is readable.
    """
    try:
        if not path.exists():
            raise BagError(f'there is no file or folder {path}; check the path')
        storage: Storage = BagFolder(path) if path.is_dir() else open_file(path)
    except OSError as error:
        raise BagError(
            f'{path} cannot be read: {error.strerror or error}; check its permissions'
        ) from error
    if storage.damage and not storage.topics:
        storage.close()
        raise BagError(f'{storage.damage}; nothing can be recovered from this bag')
    return storage
