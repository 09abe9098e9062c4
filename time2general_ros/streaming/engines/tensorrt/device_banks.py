"""Clip memories on the GPU, side by side as the plan reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING
import weakref

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.streaming.engines.tensorrt.cuda import Stream

FLOAT_BYTES = 4


class Pool:
    """
    The clip memories of as many cameras as one step serves: float32 [rows, M, P, D].

    A step reads a whole pool where it lies, so that no memory is ever copied together.
    """

    def __init__(self, stream: Stream, rows: int, slots: int, slot_shape: tuple[int, int]) -> None:
        self.slot_shape = slot_shape
        self.slot_bytes = FLOAT_BYTES * slot_shape[0] * slot_shape[1]
        self.row_bytes = slots * self.slot_bytes
        self.stream = stream
        self.address = stream.allocate(rows * self.row_bytes)
        self.free_rows = set(range(rows))
        self._rows = rows

    @property
    def is_unused(self) -> bool:
        """Whether no camera has its memory here."""
        return len(self.free_rows) == self._rows


class DeviceBank:
    """The slots of one camera: a row of a pool."""

    def __init__(self, pool: Pool, row: int) -> None:
        self.pool = pool
        self.row = row

    def address(self, index: int) -> int:
        """Tell where a slot lies on the device."""
        pool = self.pool
        return pool.address + self.row * pool.row_bytes + index * pool.slot_bytes

    def read(self, index: int) -> npt.NDArray[np.float32]:
        """Copy a slot to the host: float32 [P, D]."""
        slot: npt.NDArray[np.float32] = np.empty(self.pool.slot_shape, np.float32)
        self.pool.stream.download(self.address(index), slot)
        self.pool.stream.synchronize()
        return slot

    def write(self, index: int, slot: npt.NDArray[np.float32]) -> None:
        """Overwrite a slot from the host: float32 [P, D]."""
        values = np.ascontiguousarray(slot, np.float32).reshape(self.pool.slot_shape)
        self.pool.stream.upload(values, self.address(index))
        self.pool.stream.synchronize()


class Pools:
    """
    Gives each camera a row, and takes it back when its bank is no longer used.

    :param rows: Cameras of a step; slots: M; slot_shape: P and D.
    """

    def __init__(self, stream: Stream, rows: int, slots: int, slot_shape: tuple[int, int]) -> None:
        self._stream = stream
        self._shape = (rows, slots, slot_shape)
        self._pools: list[Pool] = []

    def new_bank(self) -> DeviceBank:
        """
        Make a bank of zeros, in a pool that has room.

        :raises OutOfDeviceMemoryError: if the device has not.
        """
        pool = next((pool for pool in self._pools if pool.free_rows), None)
        if pool is None:
            pool = Pool(self._stream, *self._shape)
            self._pools.append(pool)
        row = min(pool.free_rows)
        pool.free_rows.remove(row)
        self._stream.clear(pool.address + row * pool.row_bytes, pool.row_bytes)
        bank = DeviceBank(pool, row)
        weakref.finalize(bank, self._release, pool, row).atexit = False
        return bank

    def _release(self, pool: Pool, row: int) -> None:
        pool.free_rows.add(row)
        if pool.is_unused and pool in self._pools:
            self._pools.remove(pool)
            self._stream.free(pool.address)
