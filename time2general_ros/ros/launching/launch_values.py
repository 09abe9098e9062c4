"""Values of launch arguments that launch itself cannot check."""

from __future__ import annotations

import math

from time2general_ros.errors import Time2GeneralError


class LaunchValueError(Time2GeneralError):
    """A launch argument was given a value that cannot be used."""


def seconds(name: str, text: str) -> float:
    """
    Read a duration.

    :param name: Of the argument.
    :param text: Its value.
    :raises LaunchValueError: unless it is a finite number, 0 or more.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise LaunchValueError(f'{name} is {text!r}: give a number of seconds, such as 0.5')
    return value
