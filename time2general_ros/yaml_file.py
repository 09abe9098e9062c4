"""Files that users write in YAML 1.2, where 1e-3 is a number and no is a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from time2general_ros.errors import Time2GeneralError, one_line

if TYPE_CHECKING:
    from pathlib import Path


def read_yaml(file: Path, what: str, error: type[Time2GeneralError]) -> Any:
    """
    Read a file.

    :param what: It is called that in errors.
    :param error: Raised in one line if the file cannot be read.
    """
    try:
        return YAML(typ='safe', pure=True).load(file.read_text(encoding='utf-8'))
    # Dates that there are not, and brackets that are too deep, are no YAMLError.
    except (OSError, ValueError, RecursionError, YAMLError) as reason:
        raise error(f'cannot read {what} {file}: {one_line(reason)}') from reason
