"""Errors of the synthetic drives."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class SyntheticError(Time2GeneralError):
    """A drive was asked for that cannot be made."""
