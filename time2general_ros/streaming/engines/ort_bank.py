"""A slot bank of ONNX Runtime, on whatever device a session runs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


class OrtBank:
    """
    M slots in one piece of device memory, and a view of each.

    :param session: Whose device it is, 'cpu' or 'cuda'.
    """

    def __init__(self, session: Any, device: str, slots: int, slot_shape: tuple[int, int]) -> None:
        self.value = zeros((slots, *slot_shape), device)
        self.slots = rows(session, self.value, device)

    def read(self, index: int) -> npt.NDArray[np.float32]:
        """Copy a slot to the host: float32 [P, D]."""
        return np.array(self.slots[index].numpy())

    def write(self, index: int, slot: npt.NDArray[np.float32]) -> None:
        """Overwrite a slot from the host: float32 [P, D]."""
        self.slots[index].update_inplace(slot)


def zeros(shape: Sequence[int], device: str) -> Any:
    """Allocate a float32 tensor of zeros on the device."""
    return onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32), device, 0)


def rows(session: Any, value: Any, device: str) -> list[Any]:
    """
    Look at the rows of a tensor [N, ...] as tensors of their own, without a copy.

    ONNX Runtime has no slices; a binding, however, makes a tensor of any address that it is
    given. The views must not outlive the tensor.
    """
    count, *shape = value.shape()
    size = value.tensor_size_in_bytes() // count
    views = []
    for row in range(count):
        binding = session.io_binding()
        address = value.data_ptr() + row * size
        binding.bind_output('slot', device, 0, np.float32, shape, address)
        views += binding.get_outputs()
    return views


def copy(source: Any, target: Any) -> None:
    """Copy a tensor to another of its size, on the device where ONNX Runtime can."""
    target.update_inplace(source if _copies_on_device() else source.numpy())


@cache
def _copies_on_device() -> bool:
    """Tell whether tensors are copied to tensors: releases before 1.24 copy from the host only."""
    one = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(1, np.float32), 'cpu', 0)
    try:
        one.update_inplace(one)
    except TypeError:
        return False
    return True
