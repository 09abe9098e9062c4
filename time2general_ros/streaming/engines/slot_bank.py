"""The slots of one camera's clip memory, kept where the engine computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class SlotBank(Protocol):
    """
    M slots of shape [P, D], zeros at first.

    An engine's ``step`` reads and writes them where they are; only tests and the baselines fetch
    them to the host.
    """

    def read(self, index: int) -> npt.NDArray[np.float32]:
        """Copy a slot to the host: float32 [P, D]."""

    def write(self, index: int, slot: npt.NDArray[np.float32]) -> None:
        """Overwrite a slot from the host: float32 [P, D]."""


class HostBank:
    """
    Slots in the memory of the host, for engines that run on its CPU.

    :param slots: M; slot_shape: P and D.
    """

    def __init__(self, slots: int, slot_shape: tuple[int, int]) -> None:
        self.values: npt.NDArray[np.float32] = np.zeros((slots, *slot_shape), np.float32)

    def read(self, index: int) -> npt.NDArray[np.float32]:
        """Copy a slot: float32 [P, D]."""
        return np.array(self.values[index])

    def write(self, index: int, slot: npt.NDArray[np.float32]) -> None:
        """Overwrite a slot: float32 [P, D]."""
        self.values[index] = slot
