"""Label sets in files: those that ship with the package, and one's own."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
import json
from pathlib import Path
from typing import Any

from time2general_ros.labels.description import EXAMPLE, read_label_set
from time2general_ros.labels.label_set import LabelSet, LabelSetError
from time2general_ros.user_path import user_path

SUFFIX = '.json'
# One class a line, as many labelling tools write it.
LIST_SUFFIX = '.txt'


def load_label_set(name: str) -> LabelSet:
    """
    Read a label set by its name if it ships with the package, else from a file.

    :param name: A name, or the path of a file, which ends in ``.json`` or ``.txt``.
    :raises LabelSetError: if there is none; the message lists those that exist.
    """
    if name.endswith((SUFFIX, LIST_SUFFIX)):
        return load_label_file(user_path(name))
    return shipped_label_set(name)


@lru_cache
def shipped_label_set(name: str) -> LabelSet:
    """
    Read a label set that ships with the package.

    :raises LabelSetError: if there is none of that name; the message lists those that exist.
    """
    folder = resources.files('time2general_ros.labels') / 'sets'
    known = sorted(p.name.removesuffix(SUFFIX) for p in folder.iterdir())
    # A name is no path: it must not lead out of the folder.
    if name not in known:
        raise LabelSetError(
            f'unknown label set {name!r}; there are: {", ".join(known)}; one of your own is a '
            f'file *{SUFFIX}, like {EXAMPLE}, or a *{LIST_SUFFIX} of names'
        )
    content = json.loads((folder / f'{name}{SUFFIX}').read_text(encoding='utf-8'))
    return read_label_set(content, name)


def short_form(labels: LabelSet) -> str | dict[str, Any]:
    """Return the name of a shipped set, the content of any other; see :func:`find_label_set`."""
    try:
        return labels.name if shipped_label_set(labels.name) == labels else labels.to_dict()
    except LabelSetError:
        return labels.to_dict()


def load_label_file(path: Path) -> LabelSet:
    """
    Read a label set from a file: JSON, or a text of one class a line.

    :raises LabelSetError: if it cannot be read or is no label set; names the file.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
        content: Any = json.loads(text) if path.suffix == SUFFIX else _lines(text)
    except OSError as error:
        raise LabelSetError(f'cannot read the label set {path}: {error.strerror}') from error
    except (ValueError, RecursionError) as error:
        raise LabelSetError(
            f'{path} is no label set: {error}; it should be like {EXAMPLE}'
        ) from error
    return read_label_set(content, str(path), path.stem)


def find_label_set(value: Any, where: str, folder: Path | None = None) -> LabelSet:
    """
    Read a label set where one may be named or written out.

    :param value: The name of a shipped set, the path of a file, or the content of one.
    :param where: Place of the value, for messages.
    :param folder: Where relative paths begin; the working directory if not given.
    :raises LabelSetError: if it is none of these.
    """
    if not isinstance(value, str):
        return read_label_set(value, where)
    if folder is not None and value.endswith((SUFFIX, LIST_SUFFIX)):
        return load_label_set(str(folder / user_path(value)))
    try:
        return load_label_set(value)
    except LabelSetError as error:
        raise LabelSetError(f'{where}: {error}') from error


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
