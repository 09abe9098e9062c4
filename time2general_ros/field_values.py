"""Values that users write in files, read into dataclasses by the types of their fields."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
import reprlib
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from time2general_ros.errors import Time2GeneralError

Built = TypeVar('Built')
KINDS = {
    bool: 'true or false',
    int: 'a whole number',
    float: 'a number',
    str: 'a text',
    Path: 'a path',
}
SEVERAL = {int: 'whole numbers', float: 'numbers', str: 'texts', Path: 'paths'}
# Beyond it a number is no finite one as a float.
LARGEST = 1e300


@dataclass(frozen=True)
class Range:
    """
    What values of the right type may be.

    :param holds: Tells whether one is allowed.
    :param words: Say so: ``it must be ...``.
    """

    holds: Callable[[Any], bool]
    words: str


COUNTS = Range(
    lambda numbers: bool(numbers) and min(numbers) >= 1, 'a list of at least one, each 1 or more'
)


@dataclass(frozen=True)
class FieldReader:
    """
    Makes dataclasses from tables of YAML or JSON.

    A single text or path may stand for a list of them. Lists become tuples.

    :param error: Raised in one line, which names the place, the value and what is allowed.
    :param ranges: By dataclass and field.
    """

    error: type[Time2GeneralError]
    ranges: Mapping[type, Mapping[str, Range]] = field(default_factory=dict)

    def build(self, kind: type[Built], values: Any, where: str) -> Built:
        """
        Make a dataclass from a table of its fields.

        :param where: Names the table in errors.
        """
        if not isinstance(values, dict):
            raise self.error(f'{where} is {reprlib.repr(values)}, not a table of keys')
        types = field_types(kind)
        if unknown := sorted(set(values) - set(types), key=str):
            raise self.error(f'{where} has unknown keys {unknown}; known are {sorted(types)}')
        read = {
            key: self.value(types[key], value, f'{where}: {key}') for key, value in values.items()
        }
        needed = {
            item.name
            for item in fields(kind)  # type: ignore[arg-type]
            if item.default is MISSING and item.default_factory is MISSING
        }
        if missing := sorted(needed - set(read)):
            raise self.error(f'{where}: missing keys {missing}; known are {sorted(types)}')
        for key, allowed in self.ranges.get(kind, {}).items():
            if key in read and not allowed.holds(read[key]):
                raise self.error(
                    f'{where}: {key} is {reprlib.repr(values[key])}; it must be {allowed.words}'
                )
        return kind(**read)

    def value(self, kind: Any, value: Any, where: str) -> Any:
        """
        Bring a value to the type of a field.

        :param where: Names the value in errors.
        """
        parts, origin = get_args(kind), get_origin(kind)
        if type(None) in parts:
            inner = next(part for part in parts if part is not type(None))
            return None if value is None else self.value(inner, value, where)
        if is_dataclass(kind):
            is_built = isinstance(value, kind)  # type: ignore[arg-type]
            return value if is_built else self.build(kind, value, where)  # type: ignore[arg-type]
        if origin is tuple:
            return self._tuple(kind, value, where)
        if origin is dict:
            if isinstance(value, dict) and all(isinstance(name, str) for name in value):
                return {
                    name: self.value(parts[1], one, f'{where}: {name}')
                    for name, one in value.items()
                }
        elif _fits(kind, value):
            return user_path(value) if kind is Path else value
        raise self._misfit(kind, value, where)

    def _tuple(self, kind: Any, value: Any, where: str) -> tuple[Any, ...]:
        parts = get_args(kind)
        one, count = parts[0], 0 if parts[-1] is ... else len(parts)
        values = (value,) if isinstance(value, str) and one in (str, Path) else value
        if not isinstance(values, list | tuple) or count not in (0, len(values)):
            raise self._misfit(kind, value, where)
        if is_dataclass(one):
            return tuple(self.value(one, each, where) for each in values)
        if not all(_fits(one, each) for each in values):
            raise self._misfit(kind, value, where)
        return tuple(user_path(each) if one is Path else each for each in values)

    def _misfit(self, kind: Any, value: Any, where: str) -> Time2GeneralError:
        return self.error(f'{where} is {reprlib.repr(value)}, not {_words(kind)}')


def field_types(kind: Any) -> dict[str, Any]:
    """Return the types of a dataclass's fields by their names."""
    # Where a module needs paths in annotations alone, it does not know them when it runs.
    hints = get_type_hints(kind, localns={'Path': Path})
    return {item.name: hints[item.name] for item in fields(kind)}


def _fits(kind: Any, value: Any) -> bool:
    if kind is Any:
        return True
    if kind is float:
        return type(value) in (int, float) and -LARGEST < value < LARGEST
    if kind is Path:
        return isinstance(value, str | Path)
    return type(value) is kind


def _words(kind: Any) -> str:
    parts, origin = get_args(kind), get_origin(kind)
    if origin is tuple:
        count = '' if parts[-1] is ... else f'{len(parts)} '
        return f'a list of {count}{SEVERAL[parts[0]]}'
    if origin is dict:
        named = {float: 'names and numbers', Path: 'folders and paths', Any: 'keys'}
        return f'a table of {named.get(parts[1], "names and tables of keys")}'
    return KINDS[kind]
