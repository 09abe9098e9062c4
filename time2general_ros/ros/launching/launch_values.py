"""What the launch arguments may be, and their values with types."""

from __future__ import annotations

from collections.abc import Callable
import math
from pathlib import Path
import shlex
from typing import Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.parameters.names import reason_against_namespace, reason_against_topic
from time2general_ros.ros.parameters.parameter import Parameter

# What conditions and typed parameters of launch take between them, in any case.
_SWITCHES = {
    **dict.fromkeys(('true', '1', 'yes', 'on'), True),
    **dict.fromkeys(('false', '0', 'no', 'off'), False),
}

Reader = Callable[[str, str], Any]
"""Takes the name and the text of an argument; gives its value or raises LaunchValueError."""


class LaunchValueError(Time2GeneralError):
    """A launch argument was given a value that cannot be used."""


def text(_name: str, value: str) -> str:
    """Take any text."""
    return value


def optional(read: Reader) -> Reader:
    """Make an empty text None."""
    return lambda name, value: read(name, value) if value.strip() else None


def switch(name: str, value: str) -> bool:
    """
    Read true or false, as launch itself does: in any case, and also as a number or a word.

    :raises LaunchValueError: if it is neither.
    """
    try:
        return _SWITCHES[value.strip().lower()]
    except KeyError:
        raise _refused(name, value, 'give true or false') from None


def choice(*choices: str) -> Reader:
    """Take one of some words, in any case."""

    def read(name: str, value: str) -> str:
        if value.strip().lower() not in choices:
            raise _refused(name, value, f'give one of {", ".join(choices)}')
        return value.strip().lower()

    return read


def seconds(name: str, value: str) -> float:
    """
    Read a duration.

    :raises LaunchValueError: unless it is a finite number, 0 or more.
    """
    number = _number(value)
    if not 0.0 <= number < math.inf:
        raise _refused(name, value, 'give a number of seconds, such as 0.5')
    return number


def positive(name: str, value: str) -> float:
    """
    Read a number.

    :raises LaunchValueError: unless it is finite and above 0.
    """
    number = _number(value)
    if not 0.0 < number < math.inf:
        raise _refused(name, value, 'give a number above 0, such as 1.0')
    return number


def topic(name: str, value: str) -> str:
    """
    Take a topic.

    :raises LaunchValueError: if ROS 2 takes no such name.
    """
    return _accepted(name, value, reason_against_topic(value))


def namespace(name: str, value: str) -> str:
    """
    Take a namespace, which may be empty.

    :raises LaunchValueError: if ROS 2 takes no such name.
    """
    return _accepted(name, value, reason_against_namespace(value))


def file(name: str, value: str) -> str:
    """
    Take a file that is there; launch leaves one out that is not.

    :raises LaunchValueError: if there is no such file.
    """
    return _accepted(name, value, None if _is_file(value) else 'it is no file: correct its path')


def parameter(setting: Parameter[Any]) -> Reader:
    """Take what a parameter of the node takes."""

    def read(_name: str, value: str) -> str:
        if reason := setting.reason_against(value):
            raise LaunchValueError(reason)
        return value

    return read


def renames(name: str, value: str) -> dict[str, str]:
    """
    Read ``OLD:=NEW``, several with spaces between.

    :raises LaunchValueError: if a part is something else.
    """
    pairs: dict[str, str] = {}
    for part in value.split():
        old, _, new = part.partition(':=')
        if reason_against_topic(old) or reason_against_topic(new):
            raise _refused(name, value, 'give OLD:=NEW, several with spaces between')
        pairs[old] = new
    return pairs


def words(name: str, value: str) -> list[str]:
    """
    Split arguments as a shell does.

    :raises LaunchValueError: if a quote is not closed.
    """
    try:
        return shlex.split(value)
    except ValueError:
        raise _refused(name, value, 'close its quotes') from None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _is_file(value: str) -> bool:
    try:
        return Path(value).is_file()
    except ValueError:  # a path with a zero byte in it
        return False


def _accepted(name: str, value: str, remedy: str | None) -> str:
    if remedy:
        raise _refused(name, value, remedy)
    return value


def _refused(name: str, value: str, remedy: str) -> LaunchValueError:
    return LaunchValueError(f'{name} is {value!r}: {remedy}')
