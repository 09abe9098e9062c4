"""YAML files that people write, read without losing what they wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from time2general_ros.errors import Time2GeneralError

_MERGE = 'tag:yaml.org,2002:merge'


class YamlFileError(Time2GeneralError):
    """A file is not YAML; the message says why, in one line."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that is given twice, of which YAML readers silently keep the last."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Compose a mapping as it is written, before what ``<<`` merges into it."""
        node = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                continue
            if (key.tag, key.value) in seen:
                raise yaml.composer.ComposerError(
                    None, None, f'the key {key.value!r} is given twice', key.start_mark
                )
            seen.add((key.tag, key.value))
        return node


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
