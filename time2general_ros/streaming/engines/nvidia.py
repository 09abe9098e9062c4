"""Whether this machine has an NVIDIA GPU that can be used, without a library of its size."""

from __future__ import annotations

import ctypes
from functools import cache

DRIVERS = ('libcuda.so.1', 'nvcuda.dll')
OK = 0


@cache
def gpu_obstacle() -> str | None:
    """Tell why no NVIDIA GPU can be used; None if one can."""
    for name in DRIVERS:
        try:
            driver = ctypes.CDLL(name)
        except OSError:
            continue
        count = ctypes.c_int()
        if driver.cuInit(0) != OK or driver.cuDeviceGetCount(ctypes.byref(count)) != OK:
            return 'the NVIDIA driver does not start'
        return None if count.value else 'the NVIDIA driver finds no GPU'
    return 'there is no NVIDIA driver'
