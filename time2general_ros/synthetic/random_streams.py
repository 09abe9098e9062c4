"""Independent random streams, one for each thing of a world."""

from __future__ import annotations

import zlib

import numpy as np

_OFFSET = 1 << 24


def random_stream(seed: int, name: str, *indices: int) -> np.random.Generator:
    """
    Open the random stream of one thing, the same whatever was drawn before.

    :param name: What is being made, such as ``'facade'``.
    :param indices: Which one; may be negative.
    :returns: A generator that depends on the arguments alone.
    """
    keys = [index + _OFFSET for index in indices]
    return np.random.default_rng([seed + _OFFSET, zlib.crc32(name.encode()), *keys])
