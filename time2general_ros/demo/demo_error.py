"""The error for a demonstration that did not come to its end."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class DemoError(Time2GeneralError):
    """A part of the demonstration failed; the message holds the end of its log."""
