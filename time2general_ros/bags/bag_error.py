"""The error for a bag that cannot be read or written."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class BagError(Time2GeneralError):
    """A bag, a topic in it or the place of a new one is unusable; the message says which."""
