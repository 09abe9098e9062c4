"""What a ``data.yaml`` of Ultralytics says of a set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.splits import Split
from time2general_ros.data.polygons.files import read_text
from time2general_ros.errors import one_line

FILES = ('data.yaml', 'data.yml')
PARTS = ('train', 'val', 'test')
# Set in place of the folder name ``images``, unless ``masks_dir`` says another.
LABELS = 'labels'


def read_ultralytics(file: Path) -> tuple[list[str], dict[str, Split], Any]:
    """
    Read the classes, the parts and what is said of pixels around outlines.

    :returns: The names by id; where pictures and labels of each part are; the value of the key
        ``background``, which is ours, ``None`` without it.
    :raises DataError: if the file is damaged, or names no classes or no parts.
    """
    try:
        content = yaml.safe_load(read_text(file))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError(f'{file} is no YAML: {one_line(error)}') from error
    if not isinstance(content, dict):
        raise DataError(f'{file} does not describe a set; it needs names and train')
    root = file.parent / str(content.get('path') or '.')
    labels = str(content.get('masks_dir') or LABELS)
    parts = {part: content[part] for part in PARTS if content.get(part)}
    if 'val' not in parts and content.get('valid'):
        parts['val'] = content['valid']
    if not parts:
        raise DataError(f'{file} names no part; it needs train, val or test')
    splits = {name: _split(file, root, name, value, labels) for name, value in parts.items()}
    names = _names(file, content.get('names'), content.get('nc'))
    return names, splits, content.get('background')


def _names(file: Path, value: Any, counted: Any) -> list[str]:
    table = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(table, dict) or not table:
        raise DataError(f'{file} has no names: a list, or a table of the ids from 0 on')
    # Ids may stand in quotes.
    names = {str(number): name for number, name in table.items()}
    if gaps := [i for i in range(len(table)) if str(i) not in names]:
        raise DataError(
            f'{file} has names of the ids {", ".join(names)}, but none of {gaps[0]}; give every '
            'id from 0 on a name, used or not'
        )
    for number, name in names.items():
        # Without quotes YAML reads some words as something else.
        if type(name) not in (str, int, float):
            raise DataError(
                f'{file}: the name of class {number} is {name!r}, which is no text; put it in '
                'quotes'
            )
    if counted not in (None, len(names)):
        raise DataError(f'{file} has {len(names)} names, but nc is {counted!r}; mend one of them')
    return [str(names[str(i)]) for i in range(len(names))]


def _split(file: Path, root: Path, part: str, value: Any, labels: str) -> Split:
    if not isinstance(value, str) or value.endswith('.txt'):
        raise DataError(
            f'{file}: {part} is {value!r}; only one folder of pictures is read: put them there'
        )
    images = root / value
    if not images.exists() and value.startswith('../'):
        # Roboflow writes them as seen from a folder that it does not make.
        images = root / value.removeprefix('../')
    if not images.is_dir():
        raise DataError(f'{file}: {part} names {images}, which is no folder; mend path or {part}')
    parts = list(images.parts)
    if 'images' not in parts:
        raise DataError(
            f'{file}: {part} names {images}; its labels are looked for in the folder where '
            '"images" is "labels", so there must be one called "images" in that path'
        )
    last = len(parts) - 1 - parts[::-1].index('images')
    return Split(images, Path(*parts[:last], labels, *parts[last + 1 :]))
