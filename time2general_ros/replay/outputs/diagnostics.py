"""The state of a camera in the output of a replay, as a message of ``diagnostic_msgs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rosbags.typesys.stores.ros2_jazzy import (
    diagnostic_msgs__msg__DiagnosticArray as DiagnosticArray,
)
from rosbags.typesys.stores.ros2_jazzy import (
    diagnostic_msgs__msg__DiagnosticStatus as DiagnosticStatus,
)
from rosbags.typesys.stores.ros2_jazzy import (
    diagnostic_msgs__msg__KeyValue as KeyValue,
)

from time2general_ros.bags.image_messages import header

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC = '/diagnostics'
ARRAY = 'diagnostic_msgs/msg/DiagnosticArray'
_OK, _WARN = 0, 1
# Columns of the frame's row; none that differs from run to run.
_SHOWN = ('memory_depth', 'memory_age_s', 'confidence', 'flow_flicker', 'flicker')


def camera_status(
    name: str, counts: Mapping[str, int], row: Mapping[str, Any]
) -> DiagnosticStatus:
    """
    Describe a camera.

    :param counts: What became of its images so far, by ``segmented``, ``refused: REASON`` and
        ``reset: CAUSE``.
    :param row: Figures of its newest image, see :mod:`~.figures.rows`.
    """
    refused = sum(count for key, count in counts.items() if key.startswith('refused'))
    told = f'{counts.get("segmented", 0)} segmented, {refused} refused'
    values = {key: str(count) for key, count in sorted(counts.items())}
    values |= {key: f'{row[key]:.4g}' for key in _SHOWN if row.get(key) is not None}
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(
        level=_WARN if refused else _OK,
        name=f'time2general replay: {name}',
        message=told,
        hardware_id=name,
        values=pairs,
    )


def array_message(stamp_ns: int, status: DiagnosticStatus) -> DiagnosticArray:
    """Make a message of one status."""
    return DiagnosticArray(header=header(stamp_ns, ''), status=[status])
