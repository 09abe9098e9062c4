"""A log that does not repeat itself at the rate of the images."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rclpy.impl.rcutils_logger import RcutilsLogger


class ThrottledLog:
    """
    Log each kind of trouble now and then.

    The throttle of ``rclpy`` goes by the line of code, so that one camera would silence another.

    :param period_s: At most one line of a kind in so many seconds.
    """

    def __init__(self, logger: RcutilsLogger, period_s: float = 5.0) -> None:
        self._logger = logger
        self._period_s = period_s
        self._last_s: dict[str, float] = {}

    def error(self, kind: str, text: str) -> None:
        """Log an error, unless one of its kind was logged a moment ago."""
        if self._is_due(kind):
            self._logger.error(text)

    def warning(self, kind: str, text: str) -> None:
        """Log a warning, unless one of its kind was logged a moment ago."""
        if self._is_due(kind):
            self._logger.warning(text)

    def _is_due(self, kind: str) -> bool:
        now_s = time.monotonic()
        is_due = now_s - self._last_s.get(kind, -self._period_s) >= self._period_s
        if is_due:
            self._last_s[kind] = now_s
        return is_due
