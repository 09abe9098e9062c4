"""Shapes in the form of COCO: one file for many pictures, with polygons and run lengths."""

from __future__ import annotations

from collections import defaultdict
import reprlib
from typing import TYPE_CHECKING, Any

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.polygons.files import listed, read_json, size_of, without_twins
from time2general_ros.data.polygons.run_lengths import expand, unpack
from time2general_ros.data.polygons.shapes import Outlines, Shape, polygon

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.polygons.shapes import Area


def read_coco(path: Path) -> dict[str, Outlines]:
    """
    Read the shapes of all pictures that a file lists, by their names.

    The parts of one annotation are added up: COCO knows no holes but those of run lengths.

    :raises DataError: if the file is damaged, or an annotation has no area, no picture or no
        category.
    """
    content = read_json(path)
    images, categories = (
        without_twins(path, ((_key(path, e, 'id'), e) for e in listed(path, content, key)), what)
        for key, what in (('images', 'an image of the id'), ('categories', 'a category of the id'))
    )
    names = {number: str(_key(path, entry, 'name')) for number, entry in categories.items()}
    shapes: dict[Any, list[Shape]] = defaultdict(list)
    for annotation in listed(path, content, 'annotations'):
        image, category = (_key(path, annotation, key) for key in ('image_id', 'category_id'))
        if image not in images:
            raise DataError(f'{_told(path, annotation)} is of image {image}, which is not listed')
        if category not in names:
            raise DataError(
                f'{_told(path, annotation)} is of category {category}, which is not listed; there '
                f'are: {", ".join(f"{i} {name}" for i, name in names.items())}'
            )
        shapes[image].append(Shape(names[category], _area(path, annotation)))
    named = (
        (
            str(_key(path, entry, 'file_name')),
            Outlines(shapes[image], size_of(path, entry, 'height', 'width')),
        )
        for image, entry in images.items()
    )
    return without_twins(path, named, 'an image of the name')


def _area(path: Path, annotation: dict[str, Any]) -> Area:
    drawn = annotation.get('segmentation')
    if isinstance(drawn, dict):
        return _run_lengths(path, annotation, drawn)
    if not isinstance(drawn, list) or not drawn:
        raise DataError(
            f'{_told(path, annotation)} has no segmentation: a box is no outline; export polygons '
            'or masks'
        )
    return polygon(path, *drawn)


def _run_lengths(path: Path, annotation: dict[str, Any], drawn: dict[str, Any]) -> Area:
    """Make the area of run lengths down the columns of the whole picture."""

    def area(size: tuple[int, int]) -> npt.NDArray[np.bool_]:
        if drawn.get('size') != list(size):
            raise DataError(
                f'{_told(path, annotation)} has a mask of {drawn.get("size")} rows and columns, '
                f'but its image has {list(size)}; both must have the same size'
            )
        counts = drawn.get('counts')
        try:
            runs = unpack(counts) if isinstance(counts, str) else list(map(int, counts or ()))
            return expand(runs, size[1], size[0]).T
        except (TypeError, ValueError) as error:
            raise DataError(
                f'{_told(path, annotation)} has a mask that is none: {error}'
            ) from error

    return area


def _key(path: Path, entry: dict[str, Any], key: str) -> Any:
    if isinstance(value := entry.get(key), int | str):
        return value
    raise DataError(
        f'{path} has an entry whose {key!r} is {reprlib.repr(value)}, neither a whole number nor '
        f'a text: {reprlib.repr(entry)}'
    )


def _told(path: Path, annotation: dict[str, Any]) -> str:
    return f'annotation {annotation.get("id")} in {path}'
