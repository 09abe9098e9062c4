"""What a label set file may say, checked before a set is made of it."""

from __future__ import annotations

from collections import Counter
import difflib
import reprlib
from typing import TYPE_CHECKING, Any

from time2general_ros.labels.colours import fresh_colours
from time2general_ros.labels.label_set import MOST_CLASSES, UNLABELLED, LabelSet, LabelSetError

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import Colour

SET_KEYS = ('name', 'classes', 'void_id')
CLASS_KEYS = ('name', 'colour', 'groups')
EXAMPLE = '{"name": "field", "classes": [{"name": "crop", "colour": [0, 255, 0]}, "soil"]}'


def read_label_set(value: Any, where: str, name: str = '') -> LabelSet:
    """
    Make a label set of the content of a file, or of a list of classes.

    A class is a name, or a table of its name, its colour [red, green, blue] and the classes of
    finer sets that it groups. Classes without a colour are given one.

    :param where: Place of the content, for messages.
    :param name: What the set is called if it does not say so itself.
    :raises LabelSetError: if anything is missing, of another kind, unknown, or there twice.
    """
    content = value if isinstance(value, dict) else {'classes': value}
    _check_keys(content, SET_KEYS, where)
    entries = content.get('classes')
    if not isinstance(entries, list) or not entries:
        raise LabelSetError(f'{where} has no list of classes; a label set is like {EXAMPLE}')
    if len(entries) > MOST_CLASSES:
        raise LabelSetError(
            f'{where} has {len(entries)} classes; a pixel of a mask is one byte, and '
            f'{UNLABELLED} means unlabelled: merge some, {MOST_CLASSES} are the most'
        )
    classes = tuple(_name(entry, f'{where}: class {i}') for i, entry in enumerate(entries))
    if twice := [name for name, count in Counter(classes).items() if count > 1]:
        first = [i for i, name in enumerate(classes) if name == twice[0]]
        raise LabelSetError(
            f'{where} has several classes of the name {twice[0]!r}, with the ids '
            f'{", ".join(map(str, first))}; give each a name of its own'
        )
    tables = [entry if isinstance(entry, dict) else {} for entry in entries]
    members = tuple(
        _members(table, name, f'{where}: class {name!r}')
        for table, name in zip(tables, classes, strict=True)
    )
    _check_members(classes, members, where)
    return LabelSet(
        _text(content.get('name', name) or 'own', f'{where}: name'),
        classes,
        _palette(tables, classes, where),
        members,
        read_void_id(content.get('void_id', UNLABELLED), len(classes), where),
    )


def read_void_id(value: Any, classes: int, where: str) -> int:
    """
    Check the id that stands for "no class" in label maps of so many classes.

    :raises LabelSetError: if it is none from 0 to 255, or that of a class.
    """
    if type(value) is not int or not classes <= value <= UNLABELLED:
        raise LabelSetError(
            f'{where}: void_id is {reprlib.repr(value)}; it must be a whole number from '
            f'{classes}, beyond the ids of the {classes} classes, to {UNLABELLED}'
        )
    return value


def _check_keys(table: dict[Any, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            meant = difflib.get_close_matches(str(key), known, 1)
            hint = f'; did you mean {meant[0]!r}?' if meant else ''
            raise LabelSetError(
                f'{where} has an unknown key {reprlib.repr(key)}; known are '
                f'{", ".join(known)}{hint}'
            )


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise LabelSetError(f'{where} is {reprlib.repr(value)}, not a text of one line')
    return value.strip()


def _name(entry: Any, where: str) -> str:
    if isinstance(entry, dict):
        _check_keys(entry, CLASS_KEYS, where)
        if 'name' not in entry:
            raise LabelSetError(f'{where} has no name; a label set is like {EXAMPLE}')
        return _text(entry['name'], f'{where}: name')
    return _text(entry, where)


def _members(table: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    groups = table.get('groups', [name])
    if not isinstance(groups, list) or not groups:
        raise LabelSetError(f'{where}: groups is {reprlib.repr(groups)}, not a list of names')
    return tuple(_text(member, f'{where}: groups') for member in groups)


def _check_members(
    classes: tuple[str, ...], members: tuple[tuple[str, ...], ...], where: str
) -> None:
    owner: dict[str, str] = {}
    for name, group in zip(classes, members, strict=True):
        for member in group:
            if member in owner:
                raise LabelSetError(
                    f'{where} has {member!r} in two groups, those of {owner[member]!r} and '
                    f'{name!r}; it can belong to one only'
                )
            owner[member] = name


def _palette(
    tables: list[dict[str, Any]], classes: tuple[str, ...], where: str
) -> tuple[Colour, ...]:
    given: dict[str, Colour] = {
        name: _colour(table['colour'], f'{where}: class {name!r}')
        for name, table in zip(classes, tables, strict=True)
        if 'colour' in table
    }
    fresh = iter(fresh_colours(len(classes) - len(given), {*given.values()}))
    return tuple(given[name] if name in given else next(fresh) for name in classes)


def _colour(value: Any, where: str) -> Colour:
    right = isinstance(value, (list, tuple)) and len(value) == 3
    if not right or any(type(part) is not int or not 0 <= part <= 255 for part in value):
        raise LabelSetError(
            f'{where}: colour is {reprlib.repr(value)}, not [red, green, blue] from 0 to 255'
        )
    red, green, blue = value
    return red, green, blue
