"""The error for an image message that cannot be used."""

from __future__ import annotations

from time2general_ros.errors import Time2GeneralError


class BadImageError(Time2GeneralError):
    """
    One message holds no usable image; those before and after it may well do.

    :param reason: Short key to count by: ``encoding``, ``zero_size``, ``too_large``,
        ``too_small``, ``short_step``, ``short_data``, ``stamp`` or ``decode``.
    :param message: What was wrong with which value, and the remedy.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
