"""Numbers on the command line: what is none, or out of all proportion, is refused at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
import math

from time2general_ros.messages.limits import MAX_PIXELS, MAX_SIDE

LARGEST_SEED = 2**32 - 1


def whole_number(least: int = 1, most: int = 1_000_000) -> Callable[[str], int]:
    """
    Make a reader of whole numbers.

    :returns: Raises argparse.ArgumentTypeError where a text is none, or lies beyond.
    """

    def read(text: str) -> int:
        # Python refuses to read thousands of digits.
        value = int(text) if text.isdecimal() and len(text) <= 18 else -1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f'{_short(text)} is not a whole number from {least} to {most}'
            )
        return value

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """
    Make a reader of numbers.

    :returns: Raises argparse.ArgumentTypeError where a text is none, or lies beyond.
    """

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f'{_short(text)} is not a number from {least:g} to {most:g}'
            )
        return value

    return read


seconds = number(1e-3, 86_400)
threads = whole_number(most=1024)
cameras = whole_number(most=1024)
seed = whole_number(0, LARGEST_SEED)


def read_size(text: str) -> tuple[int, int]:
    """
    Read ``HEIGHTxWIDTH``.

    :raises argparse.ArgumentTypeError: if it is none, or no camera has that size.
    """
    height, width = two_sides(text)
    if not (height and width):
        raise argparse.ArgumentTypeError(f'{_short(text)} is not HEIGHTxWIDTH, such as 384x512')
    if max(height, width) > MAX_SIDE or height * width > MAX_PIXELS:
        raise argparse.ArgumentTypeError(
            f'{_short(text)} is more than {MAX_SIDE} on a side or {MAX_PIXELS} pixels in all'
        )
    return height, width


def two_sides(text: str) -> tuple[int, int]:
    """Read two whole numbers with an x between them; zeros if these are none."""
    first, _, second = text.partition('x')
    if not (first.isdecimal() and second.isdecimal() and len(text) <= 18):
        return 0, 0
    return int(first), int(second)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f'{text[:40]}...')
