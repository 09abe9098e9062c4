"""One argument of a launch file: its text, its meaning, and what it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from time2general_ros.ros.launching.launch_values import Reader


@dataclass(frozen=True)
class LaunchArgument:
    """
    One argument.

    :param read: Checks its text and gives it a type.
    :param default: Its text where none is given; None where one has to be.
    :param is_shipped: Whether the default is a file, by its path in the package's share folder.
    """

    name: str
    description: str
    read: Reader
    default: str | None = ''
    is_shipped: bool = False

    def default_in(self, share: Path) -> str | None:
        """Give the default, with the path of what is shipped."""
        return str(share / self.default) if self.is_shipped and self.default else self.default


def read_arguments(
    arguments: Sequence[LaunchArgument], text_of: Callable[[str], str]
) -> dict[str, Any]:
    """
    Check all arguments and give their values by name.

    :param text_of: Gives the text of an argument.
    :raises LaunchValueError: at the first one that cannot be used.
    """
    return {
        argument.name: argument.read(argument.name, text_of(argument.name))
        for argument in arguments
    }
