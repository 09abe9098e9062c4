"""The command that shows a moment of a recording, for each kind of recording."""

from __future__ import annotations

from pathlib import Path
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAD_S = 0.5


def play_command(source: Mapping[str, Any], offset_s: float) -> str | None:
    """
    Give the command that plays a source from shortly before a moment.

    :param source: As ``results.json`` has it.
    :returns: None for what no program plays as it is: images, data sets, packed ROS 1 bags.
    """
    path = Path(source['path'])
    begin = f'{max(0.0, offset_s - _LEAD_S):.3f}'
    name = shlex.quote(source['path'])
    if source['kind'] == 'video':
        return f'ffplay -ss {begin} {name}'
    if source['kind'] != 'bag' or path.name.endswith('.bag.zstd'):
        return None
    # A folder is one of rosbag2, whatever its name.
    if path.suffix == '.bag' and not path.is_dir():
        return f'rosbag play {name} -s {begin}'
    return f'ros2 bag play {name} --start-offset {begin}'
