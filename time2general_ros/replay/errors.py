"""What can go wrong in a replay."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class ReplayError(Time2GeneralError):
    """A source, its labels or the place for results cannot be used; the message says why."""
