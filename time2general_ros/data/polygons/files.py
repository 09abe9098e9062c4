"""The text of label files, told apart and checked for what they must hold."""

from __future__ import annotations

import json
import reprlib
from typing import TYPE_CHECKING, Any, TypeVar

from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_Key = TypeVar('_Key')
_Value = TypeVar('_Value')


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

    :raises DataError: if they are no whole numbers above 0.
    """
    sides = entry.get(height), entry.get(width)
    if None in sides:
        return None
    try:
        rows, columns = (float(str(side)) for side in sides)
    except ValueError:
        rows = columns = 0.0
    if not (rows.is_integer() and columns.is_integer() and min(rows, columns) > 0):
        raise DataError(
            f'{path}: {reprlib.repr(sides[1])} x {reprlib.repr(sides[0])} is no size of an image'
        )
    return int(rows), int(columns)


def without_twins(
    path: Path, pairs: Iterable[tuple[_Key, _Value]], what: str
) -> dict[_Key, _Value]:
    """
    Make a table of what a file holds, in which nothing takes the place of another.

    :param what: That which must be there only once, in words.
    :raises DataError: if a key is there twice; names it.
    """
    found: dict[_Key, _Value] = {}
    for key, value in pairs:
        if key in found:
            raise DataError(
                f'{path} has {what} {reprlib.repr(key)} more than once; export it again, or merge '
                'or remove one'
            )
        found[key] = value
    return found
