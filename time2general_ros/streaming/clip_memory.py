"""The clip memory of one camera: a ring of slots, their ages, and when to forget."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from time2general_ros.streaming.engines.engine import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from time2general_ros.streaming.engines.slot_bank import SlotBank
    from time2general_ros.streaming.frame import Frame

NS_PER_S = 1_000_000_000


class _Facts(NamedTuple):
    """What the next frame is compared with."""

    stamp_ns: int
    size: tuple[int, int]
    frame_id: str


class ClipMemory:
    """
    Which slot of a bank holds which earlier frame; the engine writes them in place.

    Slots have no order: each carries the stamp of its frame, and the network is told the age.

    :param bank: Holds the slots, on the device of the engine that made it.
    :param slots: M, how many frames are remembered.
    :param max_gap_s: A longer time between two frames empties the memory; infinity for none.
    """

    def __init__(self, bank: SlotBank, slots: int, max_gap_s: float) -> None:
        self.bank = bank
        self._stamps_ns = np.full(slots, EMPTY, np.int64)
        self._max_gap_ns = math.inf if max_gap_s == math.inf else round(max_gap_s * NS_PER_S)
        self._last: _Facts | None = None
        self._next = 0
        self._untold: list[str] = []

    @property
    def depth(self) -> int:
        """Number of slots that hold a frame."""
        return int((self._stamps_ns != EMPTY).sum())

    def admit(self, frame: Frame) -> str | None:
        """
        Decide whether what is remembered still belongs to this frame; forget it if not.

        :returns: the cause of a reset, None if memory was kept. It is :attr:`untold` until
            :meth:`told`: a frame that is refused afterwards has no answer to say it.
        """
        facts = _Facts(frame.stamp_ns, frame.size, frame.frame_id)
        cause = None
        if self._last is not None:
            cause = self._broken_rule(self._last, facts)
            if cause:
                self.clear()
                self._untold.append(cause)
        self._last = facts
        return cause

    @property
    def untold(self) -> tuple[str, ...]:
        """The causes of the resets that no answer has carried yet, oldest first."""
        return tuple(self._untold)

    def told(self) -> None:
        """Be told that an answer has carried what was :attr:`untold`."""
        self._untold.clear()

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

        :returns: ages in seconds and validity (1 or 0), both float32 [M]. A frame does not
            read what a frame of the same stamp left behind: that is itself, sent again.
        """
        valid = (self._stamps_ns != EMPTY) & (self._stamps_ns < stamp_ns)
        age_s = np.where(valid, (stamp_ns - self._stamps_ns) / NS_PER_S, 0.0)
        return age_s.astype(np.float32), valid.astype(np.float32)

    def place(self, stamp_ns: int) -> int:
        """Return the slot for a frame: the oldest one, or that of its own earlier copy."""
        same = np.flatnonzero(self._stamps_ns == stamp_ns)
        return int(same[0]) if same.size else self._next

    def wrote(self, stamp_ns: int) -> None:
        """Be told that the frame now stands in its :meth:`place`."""
        index = self.place(stamp_ns)
        if self._stamps_ns[index] != stamp_ns:
            self._next = (index + 1) % len(self._stamps_ns)
        self._stamps_ns[index] = stamp_ns

    def clear(self) -> None:
        """Forget all frames."""
        self._stamps_ns[:] = EMPTY
        self._last = None
        self._next = 0

    def export(self) -> dict[str, npt.NDArray[Any]]:
        """Copy all that the next answer depends on, for :meth:`restore`."""
        held = np.flatnonzero(self._stamps_ns != EMPTY)
        state = {
            'stamps_ns': self._stamps_ns.copy(),
            'next': np.array(self._next),
            'untold': np.array(self._untold, np.str_),
        }
        if held.size:
            state['slots'] = np.stack([self.bank.read(int(index)) for index in held])
        if self._last:
            state['last'] = np.array([self._last.stamp_ns, *self._last.size], np.int64)
            state['frame_id'] = np.array(self._last.frame_id, np.str_)
        return state

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where another memory stood when it was exported, bit by bit."""
        self._stamps_ns = np.array(state['stamps_ns'], np.int64)
        self._next = int(state['next'])
        self._untold = [str(cause) for cause in state['untold']]
        for row, index in enumerate(np.flatnonzero(self._stamps_ns != EMPTY)):
            self.bank.write(int(index), np.asarray(state['slots'][row], np.float32))
        self._last = None
        if 'last' in state:
            stamp_ns, height, width = (int(value) for value in state['last'])
            self._last = _Facts(stamp_ns, (height, width), str(state['frame_id']))
