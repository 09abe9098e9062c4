"""One parameter of the node: its type, its range, and when it may change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
import re
from typing import Any, Generic, TypeVar

from time2general_ros.errors import Time2GeneralError

T = TypeVar('T', bool, int, float, str, list[str])

_TYPE_NAMES: dict[type, str] = {
    bool: 'bool',
    int: 'integer',
    float: 'double',
    str: 'string',
    list: 'string_array',
}


class ParameterError(Time2GeneralError):
    """A parameter was given a value that the node cannot use."""


class Change(str, Enum):
    """When a parameter may change."""

    ANY_TIME = 'any time'
    UNCONFIGURED = 'unconfigured'
    """Only before the node is configured or after it is cleaned up."""
    NEVER = 'never'


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """
    One parameter of the node; its type is the type of its default.

    :param bounds: Smallest and largest value of a number, both allowed.
    :param choices: The values allowed for a string; empty if any is.
    :param pattern: What each string of a list has to look like, and the same in words.
    :param obstacle: Says what else keeps a value from being used; None if nothing does.
    :param is_distinct: Whether the strings of a list have to differ, apart from empty ones.
    :param change: When the value may change.
    """

    name: str
    default: T
    description: str
    bounds: tuple[T, T] | None = None
    choices: tuple[T, ...] = ()
    pattern: tuple[str, str] | None = None
    obstacle: Callable[[T], str | None] | None = None
    is_distinct: bool = False
    change: Change = Change.UNCONFIGURED

    @property
    def type_name(self) -> str:
        """Name of the type as in ROS 2 parameter files and in this package's tables."""
        return _TYPE_NAMES[type(self.default)]

    @property
    def read_only(self) -> bool:
        """Whether only the start of the node sets the value."""
        return self.change is Change.NEVER

    @property
    def requirement(self) -> str:
        """What a value has to be, in words."""
        if self.choices:
            return f'must be one of {", ".join(repr(choice) for choice in self.choices)}'
        text = f'must be of type {self.type_name}, such as {self.default!r}'
        if self.bounds is not None:
            low, high = self.bounds
            text += f', from {low} to {high}'
        if self.pattern is not None:
            text += f', {self.pattern[1]}'
        return text

    def reason_against(self, value: Any) -> str | None:
        """
        Say why a value cannot be used.

        :returns: The reason and the remedy in one sentence; None if the value is fine.
        """
        if not self._allows(value):
            return f'{self.name} {self.requirement}, not {value!r}'
        return self.obstacle(value) if self.obstacle else None

    def _allows(self, value: Any) -> bool:
        if type(value) is not type(self.default):
            return False
        if isinstance(value, list):
            return self._allows_items(value)
        if self.choices and value not in self.choices:
            return False
        return self.bounds is None or bool(self.bounds[0] <= value <= self.bounds[1])

    def _allows_items(self, items: list[Any]) -> bool:
        if not all(isinstance(item, str) for item in items):
            return False
        named = [item for item in items if item]
        pattern = self.pattern[0] if self.pattern else '.*'
        if self.is_distinct and len(set(named)) < len(named):
            return False
        return all(re.fullmatch(pattern, name) for name in named)
