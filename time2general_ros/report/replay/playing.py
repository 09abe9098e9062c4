"""The command that shows a moment of a recording, for each kind of recording."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAD_S = 0.5
_NS_PER_S = 10**9
# Of a recording of Rerun, by the log times of the images.
RERUN_TIMELINE = 'recording'


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


def rerun_command(file: str) -> str:
    """
    Give the command that opens a recording of Rerun.

    No option of its viewer names a time: addresses with one are those of recordings on a server.
    """
    return f'rerun {shlex.quote(file)}'


def rerun_time(log_time_ns: int) -> str:
    """Write a moment of the timeline as the time field of the viewer reads it, in whole."""
    seconds, rest = divmod(log_time_ns, _NS_PER_S)
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    return f'{moment.isoformat(sep=" ")}.{rest:09}Z'
