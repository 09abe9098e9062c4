"""Masks as run lengths: how many pixels are outside, inside, outside, … one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

# COCO writes a number as groups of five bits, each in one letter from '0' on.
_FIRST = ord('0')
_BITS, _MORE, _SIGN = 5, 32, 16


def unpack(text: str) -> list[int]:
    """
    Read the compressed run lengths of COCO: from the fourth on, each is told against two before.

    :raises ValueError: if the text holds other letters, or ends within a number.
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - _FIRST
        if not 0 <= bits < 2 * _MORE:
            raise ValueError(f'{letter!r} is no letter of run lengths')
        value |= (bits & (_MORE - 1)) << shift
        shift += _BITS
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError('the run lengths are cut off')
    return runs


def expand(runs: Sequence[int], lines: int, length: int) -> npt.NDArray[np.bool_]:
    """
    Make a map of run lengths.

    :param runs: The first is of pixels that are outside.
    :param lines: Number of lines that the runs go along, and their length.
    :returns: [lines, length].
    :raises ValueError: if the runs are not of so many pixels.
    """
    if min(runs, default=0) < 0 or sum(runs) != lines * length:
        raise ValueError(f'runs of {sum(runs)} pixels for {lines * length}')
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(lines, length)
