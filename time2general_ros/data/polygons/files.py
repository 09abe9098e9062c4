"""The text of label files, told apart and checked for what they must hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from pathlib import Path


def read_text(path: Path) -> str:
    """
    Read a file of UTF-8.

    :raises DataError: if it is none, or cannot be read.
    """
    try:
        return path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise DataError(f'{path} cannot be read: {error.strerror or error}') from error
    except UnicodeDecodeError as error:
        raise DataError(f'{path} is no text in UTF-8; export it again') from error


def read_json(path: Path) -> dict[str, Any]:
    """
    Read a file that holds one JSON object.

    :raises DataError: if it holds none.
    """
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f'{path} is no JSON: {error}; export it again') from error
    if not isinstance(content, dict):
        raise DataError(f'{path} holds no JSON object, but a {type(content).__name__}')
    return content


def listed(path: Path, content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """
    Return the objects of a list in a file.

    :raises DataError: if there is no such list, or it holds something else.
    """
    found = content.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise DataError(f'{path} has no list {key!r} of objects; export it again')
    return found


def size_of(path: Path, entry: dict[str, Any], height: str, width: str) -> tuple[int, int] | None:
    """
    Return height and width as an entry has them; None if it has none.

    :raises DataError: if they are no numbers.
    """
    sides = entry.get(height), entry.get(width)
    if None in sides:
        return None
    try:
        return int(str(sides[0])), int(str(sides[1]))
    except ValueError as error:
        raise DataError(f'{path}: {sides[1]} x {sides[0]} is no size of an image') from error
