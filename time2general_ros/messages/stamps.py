"""Header stamps to nanoseconds and back."""

from __future__ import annotations

from typing import Any

from time2general_ros.messages.bad_image import BadImageError

NS_PER_S = 1_000_000_000
_MAX_SEC = (1 << 31) - 1


def stamp_ns(header: Any) -> int:
    """
    Read the stamp of a ``std_msgs/Header``.

    :returns: Nanoseconds since the clock's epoch.
    :raises BadImageError: ``stamp``, if a field is outside the range of a time.
    """
    sec, nanosec = header.stamp.sec, header.stamp.nanosec
    if not (0 <= sec <= _MAX_SEC and 0 <= nanosec < NS_PER_S):
        raise BadImageError(
            'stamp',
            f'the stamp sec={sec}, nanosec={nanosec} is not a time; sec must not be negative and '
            f'nanosec be below {NS_PER_S}: check the clock of the camera driver',
        )
    return int(sec) * NS_PER_S + int(nanosec)


def split_stamp(ns: int) -> tuple[int, int]:
    """Split nanoseconds into the ``sec`` and ``nanosec`` of a ``builtin_interfaces/Time``."""
    return divmod(ns, NS_PER_S)
