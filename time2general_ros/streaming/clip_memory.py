"""The clip memory of one camera: a ring of slots, their ages, and when to forget."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.streaming.frame import Frame

EMPTY = -1
NS_PER_S = 1_000_000_000


class _Facts(NamedTuple):
    """What the next frame is compared with."""

    stamp_ns: int
    size: tuple[int, int]
    frame_id: str


class ClipMemory:
    """
    Slots of earlier frames, written in place.

    Slots have no order: each carries the stamp of its frame, and the network is told the age.

    :param slots: M, how many frames are remembered.
    :param slot_shape: P and D of a slot.
    :param max_gap_s: A longer time between two frames empties the memory; infinity for none.
    """

    def __init__(self, slots: int, slot_shape: tuple[int, int], max_gap_s: float) -> None:
        self.values: npt.NDArray[np.float32] = np.zeros((1, slots, *slot_shape), np.float32)
        self._stamps_ns = np.full(slots, EMPTY, np.int64)
        self._max_gap_ns = math.inf if max_gap_s == math.inf else round(max_gap_s * NS_PER_S)
        self._last: _Facts | None = None
        self._next = 0

    @property
    def depth(self) -> int:
        """Number of slots that hold a frame."""
        return int((self._stamps_ns != EMPTY).sum())

    def admit(self, frame: Frame) -> str | None:
        """
        Decide whether what is remembered still belongs to this frame; forget it if not.

        :returns: the cause of a reset, None if memory was kept.
        """
        facts = _Facts(frame.stamp_ns, frame.size, frame.frame_id)
        cause = None
        if self._last is not None:
            cause = self._broken_rule(self._last, facts)
            if cause:
                self.clear()
        self._last = facts
        return cause

    def _broken_rule(self, last: _Facts, now: _Facts) -> str | None:
        broken = {
            'backward_stamp': now.stamp_ns < last.stamp_ns,
            'gap': now.stamp_ns - last.stamp_ns > self._max_gap_ns,
            'resolution': now.size != last.size,
            'frame_id': now.frame_id != last.frame_id,
        }
        return next((cause for cause, is_broken in broken.items() if is_broken), None)

    def ages(self, stamp_ns: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """
        Tell how old each slot is.

        :returns: ages in seconds and validity (1 or 0), both float32 [1, M]. A frame does not
            read what a frame of the same stamp left behind: that is itself, sent again.
        """
        valid = (self._stamps_ns != EMPTY) & (self._stamps_ns < stamp_ns)
        age_s = np.where(valid, (stamp_ns - self._stamps_ns) / NS_PER_S, 0.0)
        return age_s[None].astype(np.float32), valid[None].astype(np.float32)

    def write(self, slot: npt.NDArray[np.float32], stamp_ns: int) -> None:
        """Remember a frame's slot [P, D], over the oldest one or over its own earlier copy."""
        same = np.flatnonzero(self._stamps_ns == stamp_ns)
        index = int(same[0]) if same.size else self._next
        self.values[0, index] = slot
        self._stamps_ns[index] = stamp_ns
        if not same.size:
            self._next = (index + 1) % len(self._stamps_ns)

    def clear(self) -> None:
        """Forget all frames."""
        self._stamps_ns[:] = EMPTY
        self._last = None
        self._next = 0
