"""What keeps a run from going on."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class TrainingError(Time2GeneralError):
    """Training cannot go on."""
