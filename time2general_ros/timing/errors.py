"""Why something cannot be timed."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class TimingError(Time2GeneralError):
    """Something that was to be timed cannot be made or run here."""
