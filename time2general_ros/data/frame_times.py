"""The times of frames, told by the numbers in their names."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
import re
from statistics import median
from typing import TYPE_CHECKING

from time2general_ros.data.file_video import LAST_NS, NANOSECONDS
from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from time2general_ros.data.file_video import FramePaths

# Rates at which a number is a time in seconds, milliseconds, microseconds or nanoseconds.
UNITS = (1, 10**3, 10**6, 10**9)
# Seconds since 1970 in the years 2001 to 2096: no video has so many frames.
ERA_S = range(10**9, 4 * 10**9)
# No camera is faster than 2 kHz.
SHORTEST_STEP_NS = NANOSECONDS // 2000
NAME = re.compile(r'(?P<sequence>.*?)(?P<number>\d+(?:\.\d+)?)', re.DOTALL)
# Seconds and nanoseconds, as in the stamp of a message.
STAMP_NAME = re.compile(r'(?P<sequence>.*?)(?P<sec>\d{10})[_-](?P<nanosec>\d{9})', re.DOTALL)
HOW = (
    'a number in a name counts 1/rate_hz s, so that rate_hz 1e9 reads nanoseconds, 1e3 '
    'milliseconds and 1 seconds'
)


def time_if_any(image: Path) -> tuple[str, int | None]:
    """
    Read a name that may end in the time of its frame, where no rate tells what numbers count.

    :returns: What stands before the number, and the time in nanoseconds: None if it is none that
        is told by itself, see :func:`time_in_name`. A name without a number stands for itself.
    """
    match = NAME.fullmatch(image.stem)
    if match is None:
        return image.stem, None
    number = Fraction(match['number'])
    told = STAMP_NAME.fullmatch(image.stem) or any(number // unit in ERA_S for unit in UNITS)
    return time_in_name(image, 0) if told else (match['sequence'], None)


def time_in_name(image: Path, rate_hz: float) -> tuple[str, int]:
    """
    Read a name that ends in the number or the time of its frame.

    A number counts ``1 / rate_hz`` s. At a frame rate, which is none of ``UNITS``, it is a time if
    it has a decimal point (seconds), or if it is one of this century in seconds, milliseconds,
    microseconds or nanoseconds since 1970. So is ``SECONDS_NANOSECONDS``.

    :returns: What stands before it, and the time in nanoseconds.
    :raises DataError: if there is no number, or it is no time.
    """
    stamp = STAMP_NAME.fullmatch(image.stem)
    if stamp and int(stamp['sec']) in ERA_S:
        return stamp['sequence'], int(stamp['sec']) * NANOSECONDS + int(stamp['nanosec'])
    match = NAME.fullmatch(image.stem)
    if match is None:
        raise DataError(
            f'the name of {image} does not end in a frame number; '
            'name frames SEQUENCE_NUMBER, since stamps are made from the number'
        )
    text = match['number']
    number = Fraction(text)
    per_second = _per_second(number, 1 if '.' in text else rate_hz, rate_hz)
    return match['sequence'], stamp_of_number(image, number, per_second)


def stamp_of_number(image: Path, number: Fraction | int, rate_hz: float) -> int:
    """
    Return the time of frame ``number`` in nanoseconds.

    :raises DataError: if there is no such time.
    """
    stamp_ns = round(number * NANOSECONDS / Fraction(rate_hz))
    if stamp_ns > LAST_NS:
        raise DataError(
            f'the number in the name of {image} is no time at rate_hz {rate_hz}: {HOW}'
        )
    return stamp_ns


def check_times(frames: Sequence[FramePaths], rate_hz: float) -> None:
    """
    Insist that the frames of one sequence follow each other as those of a camera do.

    :raises DataError: if two of them have one time, or all are too close together.
    """
    ordered = sorted(frames, key=lambda frame: frame.stamp_ns)
    for a, b in pairwise(ordered):
        if a.stamp_ns == b.stamp_ns:
            raise DataError(
                f'{a.image} and {b.image.name} have the same time by their names, at rate_hz '
                f'{rate_hz}; remove one, or give each its own sequence name'
            )
    steps = [b.stamp_ns - a.stamp_ns for a, b in pairwise(ordered)]
    if steps and median(steps) < SHORTEST_STEP_NS:
        raise DataError(
            f'{ordered[0].image} and the frames after it are {median(steps):g} ns apart by their '
            f'names, at rate_hz {rate_hz}: {HOW}'
        )


def _per_second(number: Fraction, usual: float, rate_hz: float) -> float:
    """Tell how much a number in a name grows in a second."""
    if rate_hz in UNITS:
        return rate_hz
    return next((unit for unit in UNITS if number // unit in ERA_S), usual)
