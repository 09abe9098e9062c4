"""What a folder of one's own data says of itself: ``dataset.json``, or what stands in for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
import json
import math
from typing import TYPE_CHECKING, Any

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.splits import Split, read_splits
from time2general_ros.data.own.ultralytics import FILES, read_ultralytics
from time2general_ros.data.polygons.files import read_text
from time2general_ros.labels.cityscapes import STREETS
from time2general_ros.labels.files import find_label_set
from time2general_ros.labels.label_set import UNLABELLED, LabelSet
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Colour = tuple[int, int, int]

DESCRIPTION = 'dataset.json'
CLASS_LIST = 'classes.txt'
YAML = ('.yaml', '.yml')
KEYS = (
    'name',
    'rate_hz',
    'label_set',
    'classes',
    'void_id',
    'void_colour',
    'void_labels',
    'background',
    'splits',
)
EXAMPLE = '{"rate_hz": 30, "classes": ["soil", "crop"], "void_id": 255}'
# Of these, the first that a set has is what lies around its outlines.
BACKGROUNDS = ('background', '_background_')
# What labelme's own list of classes begins with: no class.
IGNORED = '__ignore__'
MOST_RAW = (1 << 16) - 1
NNUNET = ('channel_names', 'numTraining', 'file_ending')


@dataclass(frozen=True)
class Description:
    """
    What a folder says of itself.

    :param labels: The classes.
    :param rate_hz: Frames per second that the numbers in names count, 1e9 for nanoseconds; None
        where pictures are stills, unless their names are times.
    :param raw_ids: What stands for each class in label maps.
    :param void_ids: What stands for no class there.
    :param void_colour: The colour that stands for no class in maps of colours.
    :param void_labels: Labels of outlines that are no class.
    :param background: The class of pixels that no outline covers; None for no class.
    :param splits: Where the parts of the data are, if it says.
    :param files: What all of this was read from.
    """

    labels: LabelSet
    rate_hz: float | None
    raw_ids: tuple[int, ...]
    void_ids: tuple[int, ...] = (UNLABELLED,)
    void_colour: Colour | None = None
    void_labels: tuple[str, ...] = (IGNORED,)
    background: str | None = None
    splits: Mapping[str, Split] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def read_description(root: Path) -> Description:
    """
    Read ``dataset.json``, or else ``classes.txt`` or ``data.yaml``: then pictures are stills.

    :param root: The folder, or a file in the form of ``data.yaml``.
    :raises DataError: if none is there, what it says is wrong or unknown, or the file is another.
    """
    if root.is_file():
        if root.suffix.lower() not in YAML:
            raise DataError(
                f'{root} is a file; name the folder that it is in, folder:{root.parent}, or a '
                'data.yaml'
            )
        return _of_ultralytics(root)
    file, listed = root / DESCRIPTION, root / CLASS_LIST
    if not file.exists():
        if listed.is_file():
            return _checked(listed, {'rate_hz': None})
        for other in (root / name for name in FILES):
            if other.is_file():
                return _of_ultralytics(other)
    try:
        content = json.loads(file.read_text(encoding='utf-8-sig'))
        if not isinstance(content, dict):
            raise TypeError(f'it must be a mapping of keys, not a {type(content).__name__}')
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(f'{file} should describe the folder, as in {EXAMPLE}: {error}') from error
    return _checked(file, content)


def _of_ultralytics(file: Path) -> Description:
    names, splits, background = read_ultralytics(file)
    content = {'rate_hz': None, 'classes': names}
    if background is not None:
        content['background'] = background
    return replace(_checked(file, content), splits=splits)


def _checked(file: Path, content: dict[str, Any]) -> Description:
    try:
        return _described(file, content)
    except (ValueError, TypeError) as error:
        raise DataError(f'{file} should describe the folder, as in {EXAMPLE}: {error}') from error


def _described(file: Path, content: dict[str, Any]) -> Description:
    if foreign := [key for key in NNUNET if key in content]:
        raise ValueError(f'{foreign[0]!r} is of nnU-Net, whose file has the same name; rename it')
    if unknown := [key for key in content if key not in KEYS]:
        raise ValueError(f'unknown key {unknown[0]!r}; known are {", ".join(KEYS)}')
    labels, raw_ids = _classes(file, content)
    void_ids = _void_ids(content, labels, raw_ids)
    return Description(
        labels=labels,
        rate_hz=_rate(content),
        raw_ids=raw_ids,
        void_ids=void_ids,
        void_colour=_colour(content.get('void_colour')),
        void_labels=(IGNORED, *_names(content, 'void_labels')),
        background=_background(content, labels),
        splits=read_splits(content.get('splits', {}), file.parent),
        files=_files(file, content),
    )


def _files(file: Path, content: dict[str, Any]) -> tuple[Path, ...]:
    """Tell what a description was read from, with the file that names its classes if another."""
    found = [file]
    if isinstance(content.get('label_set'), str):
        found.append(file.parent / user_path(content['label_set']))
    elif 'classes' not in content:
        found.append(file.with_name(CLASS_LIST))
    return tuple(one for one in dict.fromkeys(found) if one.is_file())


def _rate(content: dict[str, Any]) -> float | None:
    if 'rate_hz' not in content:
        raise ValueError(
            'rate_hz is missing: give the frames per second of the video that names count, or '
            'null if the pictures are stills or their names are times'
        )
    rate_hz = content['rate_hz']
    if rate_hz is None:
        return None
    if isinstance(rate_hz, bool) or not isinstance(rate_hz, int | float):
        raise TypeError(f'rate_hz must be a number or null, not a {type(rate_hz).__name__}')
    if not 0 < rate_hz < math.inf:
        raise ValueError('rate_hz must be above 0, and finite')
    return rate_hz


def _classes(file: Path, content: dict[str, Any]) -> tuple[LabelSet, tuple[int, ...]]:
    if 'classes' in content and 'label_set' in content:
        raise ValueError('classes and label_set both name the classes; leave one out')
    listed = file.with_name(CLASS_LIST)
    if 'classes' not in content and 'label_set' not in content and listed.is_file():
        return _listed(listed)
    value = content.get('classes', content.get('label_set', STREETS))
    if isinstance(value, str):
        labels = find_label_set(value, 'label_set', file.parent)
        return labels, tuple(range(len(labels)))
    entries = [dict(entry) if isinstance(entry, dict) else entry for entry in _list(value)]
    ids = [entry.pop('id', None) if isinstance(entry, dict) else None for entry in entries]
    whole = {'name': content.get('name', _folder_name(file)), 'classes': entries}
    labels = find_label_set(whole, 'classes')
    if ids.count(None) == len(ids):
        return labels, tuple(range(len(labels)))
    return labels, _raw_ids(labels, ids)


def _listed(file: Path) -> tuple[LabelSet, tuple[int, ...]]:
    """Read a list of classes; labelme's begins with a label that has the id -1."""
    lines = [line.strip() for line in read_text(file).rstrip().splitlines()]
    if '' in lines:
        raise ValueError(f'line {lines.index("") + 1} of {CLASS_LIST} is empty; ids count lines')
    names = lines[1:] if lines and lines[0] == IGNORED else lines
    labels = find_label_set({'name': _folder_name(file), 'classes': names}, CLASS_LIST)
    return labels, tuple(range(len(labels)))


def _folder_name(file: Path) -> str:
    return file.absolute().parent.name or 'own'


def _raw_ids(labels: LabelSet, ids: list[Any]) -> tuple[int, ...]:
    for name, raw in zip(labels.classes, ids, strict=True):
        if type(raw) is not int or not 0 <= raw <= MOST_RAW:
            raise ValueError(
                f'class {name!r} has the id {raw!r}; give every class a whole number from 0 to '
                f'{MOST_RAW}, or none'
            )
    twice = [raw for raw, count in Counter(ids).items() if count > 1]
    if twice:
        names = [name for name, raw in zip(labels.classes, ids, strict=True) if raw == twice[0]]
        raise ValueError(f'{" and ".join(map(repr, names))} have the same id {twice[0]}')
    return tuple(ids)


def _void_ids(
    content: dict[str, Any], labels: LabelSet, raw_ids: tuple[int, ...]
) -> tuple[int, ...]:
    if 'void_id' not in content:
        # 255 is what masks have for no class, whatever the set's own maps have.
        return tuple({labels.void_id, UNLABELLED} - {*raw_ids})
    void_id = content['void_id']
    wide = void_id == MOST_RAW or max(raw_ids) > UNLABELLED
    if type(void_id) is not int or not 0 <= void_id <= (MOST_RAW if wide else UNLABELLED):
        raise ValueError(
            f'void_id must be a whole number from 0 to 255, or {MOST_RAW} in maps of 16 bits'
        )
    if void_id in raw_ids:
        name = labels.classes[raw_ids.index(void_id)]
        raise ValueError(f'void_id {void_id} is the id of the class {name!r}; it must be another')
    return (void_id,)


def _background(content: dict[str, Any], labels: LabelSet) -> str | None:
    if 'background' not in content:
        return next((name for name in BACKGROUNDS if name in labels.classes), None)
    name = content['background']
    if name is not None and name not in labels.classes:
        raise ValueError(
            f'background is {name!r}; give null for no class, or one of: '
            f'{", ".join(labels.classes)}'
        )
    return None if name is None else str(name)


def _colour(value: Any) -> Colour | None:
    if value is None:
        return None
    if len(_list(value)) != 3 or any(type(v) is not int or not 0 <= v <= 255 for v in value):
        raise ValueError(f'void_colour is {value!r}, not [red, green, blue] from 0 to 255')
    red, green, blue = value
    return red, green, blue


def _names(content: dict[str, Any], key: str) -> list[str]:
    names = _list(content.get(key, []))
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f'{key} must be a list of names')
    return names


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f'{value!r} is no list')
    return value
