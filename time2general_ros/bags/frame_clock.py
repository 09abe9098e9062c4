"""When frames were taken, where their header stamps do not tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# No frame has this time.
_NEVER = np.iinfo(np.int64).min


class FrameClock:
    """
    Times for the clip memory of one camera: header stamps, or log times where these are missing.

    A stamp is missing if it is zero or that of the frame before. The time since the frame before
    is then the one between the log times, so that stamps of any clock can be mixed with missing
    ones.
    """

    def __init__(self) -> None:
        self.missing = 0
        self.standing = 0
        self._stamp_ns = 0
        self._log_time_ns = 0
        self._time_ns: int | None = None

    def time_ns(self, stamp_ns: int, log_time_ns: int) -> int:
        """
        Tell when the next frame was taken, in nanoseconds.

        Counts missing stamps in :attr:`missing`, and those of them whose log time does not advance
        either in :attr:`standing`: such a frame reads no memory of the one before.
        """
        is_missing = stamp_ns in (0, self._stamp_ns)
        before_ns = self._time_ns
        step_ns = log_time_ns - self._log_time_ns
        if before_ns is None:
            time_ns = log_time_ns if is_missing else stamp_ns
        elif is_missing:
            self.standing += step_ns <= 0
            time_ns = before_ns + max(step_ns, 0)
        elif self._stamp_ns < stamp_ns <= before_ns:
            # The log times went a little faster than the stamps: no step back of the camera.
            time_ns = before_ns + 1
        else:
            time_ns = stamp_ns
        self.missing += is_missing
        self._log_time_ns, self._time_ns = log_time_ns, time_ns
        if stamp_ns:
            self._stamp_ns = stamp_ns
        return time_ns

    def export(self) -> npt.NDArray[np.int64]:
        """Give all that the next times depend on, for :meth:`restore`."""
        time_ns = _NEVER if self._time_ns is None else self._time_ns
        return np.array(
            [self.missing, self.standing, self._stamp_ns, self._log_time_ns, time_ns], np.int64
        )

    def restore(self, state: npt.NDArray[np.int64]) -> None:
        """Go on where another clock stood."""
        values = [int(value) for value in state]
        self.missing, self.standing, self._stamp_ns, self._log_time_ns, time_ns = values
        self._time_ns = None if time_ns == _NEVER else time_ns
