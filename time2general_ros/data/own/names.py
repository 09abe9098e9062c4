"""Pictures and the files of their labels, found by their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from time2general_ros.data.labelled_video import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path, PurePath

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')
MAP_SUFFIXES = ('.png',)
OUTLINE_SUFFIXES = ('.json', '.txt')
# Lists of classes that label tools leave among their labels.
NO_LABELS = ('classes.txt', 'labels.txt', '_annotations.coco.json')
MOST_NAMED = 3


@dataclass(frozen=True)
class Picture:
    """
    A picture and the file that holds its labels.

    :param name: Its path below the folder of pictures, without the ending.
    """

    name: str
    image: Path
    labels: Path | None


def list_pictures(images: Path, besides: Path | None = None) -> dict[str, Path]:
    """
    List the pictures in a folder and those below it, by their names.

    :param besides: A folder that holds none, were it below.
    :raises DataError: if there are none, or two of one name.
    """
    found = _listed(images, IMAGE_SUFFIXES, besides)
    if not found:
        raise DataError(f'{images} has no *{" or *".join(IMAGE_SUFFIXES)} files')
    return found


def pair(pictures: dict[str, Path], images: Path, labels: Path) -> list[Picture]:
    """
    Find the label file of each picture; those that have none are unlabelled.

    :param labels: The folder of label maps and outlines; it may be that of the pictures.
    :raises DataError: if labels have no picture, two label files are of one, maps are in a form
        that changes ids, or files of another type are there in place of labels.
    """
    suffixes = OUTLINE_SUFFIXES if labels == images else (*MAP_SUFFIXES, *OUTLINE_SUFFIXES)
    if labels != images and (lossy := _listed(labels, ('.jpg', '.jpeg', '.webp'), None)):
        raise DataError(
            f'{next(iter(lossy.values()))} cannot hold class ids, which this format changes; '
            'save label maps as PNG'
        )
    found = _listed(labels, suffixes, None)
    check_known(labels, (images / f'{name}.jpg' for name in found if name not in pictures))
    if labels != images:
        _check_read(labels, {*pictures} - {*found})
    return [Picture(name, image, found.get(name)) for name, image in pictures.items()]


def check_known(labels: Path, missing: Iterable[Path]) -> None:
    """
    Insist that the pictures that labels are of are there.

    :raises DataError: if some are missing; names up to three.
    """
    names = [str(path) for path in missing]
    if names:
        more = f' and {len(names) - MOST_NAMED} more' if len(names) > MOST_NAMED else ''
        raise DataError(
            f'{labels} has labels of pictures that are not there; missing: '
            f'{", ".join(names[:MOST_NAMED])}{more}; put them there, or remove their labels'
        )


def by_name(pictures: dict[str, Path], name: PurePath) -> Path | None:
    """Find a picture by the path that a label tool wrote: whole, or the only one of that name."""
    plain = name.with_suffix('') if name.suffix.lower() in IMAGE_SUFFIXES else name
    if plain.as_posix() in pictures:
        return pictures[plain.as_posix()]
    same = [path for key, path in pictures.items() if key.rpartition('/')[2] == plain.name]
    return same[0] if len(same) == 1 else None


def _check_read(labels: Path, unlabelled: set[str]) -> None:
    """
    Insist that no labels are of a type that is not read, where pictures have none.

    :param unlabelled: Pictures without labels, by their names.
    :raises DataError: if there are images, or files of the name of such a picture; names one.
    """
    unread = {*IMAGE_SUFFIXES} - {*MAP_SUFFIXES}
    others = [
        path
        for path in (_files(labels) if unlabelled else ())
        if path.suffix.lower() in unread
        or path.relative_to(labels).with_suffix('').as_posix() in unlabelled
    ]
    if others:
        more = f' and {len(others) - 1} files more' if len(others) > 1 else ''
        raise DataError(
            f'{others[0]}{more} cannot be read as labels (pictures without any: '
            f'{len(unlabelled)}); save label maps as PNG, or take such files away'
        )


def _files(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """
    Walk the files in a folder, those below it and those that links lead to, but hidden ones.

    :param above: What the folder is in, so that a link to one of these ends there.
    """
    real = folder.resolve()
    if real in above:
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith('.'):
            continue
        if path.is_dir():
            yield from _files(path, above | {real})
        else:
            yield path


def _listed(folder: Path, suffixes: tuple[str, ...], besides: Path | None) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f'there is no folder {folder}; it holds the *{", *".join(suffixes)} files')
    found: dict[str, Path] = {}
    for path in _files(folder):
        below = path.relative_to(folder)
        if path.suffix.lower() not in suffixes or path.name in NO_LABELS:
            continue
        if besides is not None and besides != folder and path.is_relative_to(besides):
            continue
        first = found.setdefault(below.with_suffix('').as_posix(), path)
        if first is not path:
            raise DataError(f'{first} and {path.name} are one frame by their names; remove one')
    return found
