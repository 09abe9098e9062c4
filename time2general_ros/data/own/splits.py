"""The parts of one's own data: where their pictures and labels are, and which drives they hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.names import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYS = ('images', 'labels', 'of', 'drives')
# Files that hold the labels of all pictures of a split.
IN_SPLIT = ('annotations.json', 'annotations.xml', '_annotations.coco.json', 'labels.json')
BESIDE = ('annotations/{}.json', 'annotations/{}.xml', 'annotations/instances_{}.json')


@dataclass(frozen=True)
class Split:
    """
    What a description says of a part.

    :param images: Folder of its pictures.
    :param labels: Folder of label maps or outlines, or the file that holds all outlines.
    :param of: The part that it is taken from.
    :param drives: Those that it is limited to.
    """

    images: Path | None = None
    labels: Path | None = None
    of: str | None = None
    drives: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Place:
    """Where the files of a part are; labels are in a folder or in a file."""

    images: Path
    labels: Path


def read_splits(value: Any, root: Path) -> dict[str, Split]:
    """
    Read the splits of a description.

    :raises ValueError: if they are not as :class:`Split` has it.
    """
    if not isinstance(value, dict):
        raise ValueError('splits must be a table of parts by their names')
    splits = {name: _split(name, entry, root) for name, entry in value.items()}
    for (one, a), (other, b) in combinations(splits.items(), 2):
        shared = {*(a.drives or ())} & {*(b.drives or ())}
        if shared and (a.of, a.images) == (b.of, b.images):
            raise ValueError(
                f'the splits {one!r} and {other!r} both have the drive {min(shared)!r}; frames of '
                'one drive are no test of each other: leave it out of one'
            )
    return splits


def _split(name: str, entry: Any, root: Path) -> Split:
    if not isinstance(entry, dict) or (unknown := [key for key in entry if key not in KEYS]):
        what = repr(unknown[0]) if isinstance(entry, dict) else repr(entry)
        raise ValueError(f'the split {name!r} has {what}; known are the keys {", ".join(KEYS)}')
    drives = entry.get('drives')
    texts = [entry[key] for key in ('images', 'labels', 'of') if key in entry]
    texts += drives if isinstance(drives, list) else []
    if not all(isinstance(text, str) for text in texts) or not isinstance(drives, list | None):
        raise ValueError(
            f'the split {name!r} must give images, labels and of as texts, drives as a list of '
            'texts'
        )
    if drives == []:
        raise ValueError(
            f'the split {name!r} has an empty list of drives; name some, or leave drives out for '
            'all of them'
        )
    images, labels = (root / entry[key] if key in entry else None for key in ('images', 'labels'))
    return Split(images, labels, entry.get('of'), None if drives is None else tuple(drives))


def find_place(root: Path, split: str, said: Split) -> Place:
    """
    Find the files of a part.

    :raises DataError: if there are none, or labels in several places.
    """
    if not root.is_dir():
        raise DataError(f'there is no data folder {root}')
    if said.images is not None and not said.images.is_dir():
        raise DataError(
            f'there is no folder {said.images}, which should hold the pictures of {split!r}'
        )
    images = said.images or next(
        (folder for folder in _image_folders(root, split) if folder.is_dir()), None
    )
    if images is None:
        names = ', '.join(split_names(root, {})) or 'none'
        raise DataError(
            f'{root} has no split {split!r}; there are: {names} '
            '(a split is a folder with images/ and labels/; time2general data split proposes '
            'train and val)'
        )
    if said.labels is not None:
        if not said.labels.exists():
            raise DataError(
                f'there is no {said.labels}, which should hold the labels of {split!r}'
            )
        return Place(images, said.labels)
    found = [path for path in _label_places(root, split, images) if path.exists()]
    if len(found) > 1:
        raise DataError(
            f'{" and ".join(map(str, found[:2]))} both hold labels of {split!r}; remove one, or '
            f'say which in dataset.json: "splits": {{"{split}": {{"labels": "…"}}}}'
        )
    if not found:
        raise DataError(
            f'there is no folder {root / split / "labels"}; labels are there, or in one of the '
            f'files {", ".join(IN_SPLIT)} in {root / split}, or in {BESIDE[0].format(split)}'
        )
    return Place(images, found[0])


def split_names(root: Path, said: Mapping[str, Split]) -> list[str]:
    """List the parts of a folder: those that its description names, else those that are there."""
    if said:
        return list(said)
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    names = [path.name for path in folders if (path / 'images').is_dir() or _holds_images(path)]
    if (root / 'images').is_dir():
        names += sorted(path.name for path in (root / 'images').iterdir() if path.is_dir())
    return list(dict.fromkeys(names))


def _image_folders(root: Path, split: str) -> list[Path]:
    return [root / split / 'images', root / 'images' / split, root / split]


def _label_places(root: Path, split: str, images: Path) -> list[Path]:
    """List where labels may be; those that stand beside their pictures come as their folder."""
    places = [root / split / 'labels', root / 'labels' / split]
    places += [root / split / name for name in IN_SPLIT]
    places += [root / name.format(split) for name in BESIDE]
    beside = any(path.name not in IN_SPLIT for path in images.glob('*.json'))
    return [*places, images] if beside else places


def _holds_images(folder: Path) -> bool:
    return any(path.suffix.lower() in IMAGE_SUFFIXES for path in folder.iterdir())
