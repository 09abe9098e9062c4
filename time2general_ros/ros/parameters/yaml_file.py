"""YAML files that people write, read without losing what they wrote."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from time2general_ros.errors import Time2GeneralError


class YamlFileError(Time2GeneralError):
    """A file is not YAML; the message says why, in one line."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that is given twice, of which YAML readers silently keep the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Build a dictionary."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'the key {key!r} is given twice', key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """
    Read a YAML file.

    :raises OSError: if it cannot be read.
    :raises YamlFileError: if it is not YAML in UTF-8, or gives one key twice.
    """
    try:
        return yaml.load(path.read_text('utf-8'), _Loader)
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlFileError(' '.join(str(error).split())) from error
