"""Shapes in the form of Ultralytics: a text file for each picture, in shares of its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.polygons.files import read_text
from time2general_ros.data.polygons.fill import fill
from time2general_ros.data.polygons.shapes import Outlines, Shape, corners

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.polygons.shapes import Area

BOX = 5
MOST_SHOWN = 20


def read_yolo(path: Path, classes: Sequence[str]) -> Outlines:
    """
    Read the shapes of one picture: on each line a class and x, y, x, y, … from 0 to 1.

    :param classes: The names by their numbers.
    :raises DataError: if a line is none such; names file and line.
    """
    shapes = []
    numbered = {str(number): name for number, name in enumerate(classes)}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        words = line.split()
        if not words:
            continue
        place = f'{path}, line {number}'
        if len(words) == BOX:
            raise DataError(f'{place} is a box, not an outline; export the set for segmentation')
        label = numbered.get(words[0])
        if label is None:
            raise DataError(
                f'{place} is of class {words[0][:MOST_SHOWN]}; known are 0 to {len(classes) - 1}'
            )
        shapes.append(Shape(label, _area(path, number, words[1:])))
    return Outlines(shapes)


def _area(path: Path, number: int, words: Sequence[str]) -> Area:
    try:
        shares = corners(path, [float(word) for word in words])
    except ValueError as error:
        raise DataError(f'{path}, line {number} holds what is no number: {error}') from error
    if shares.min() < -1 or shares.max() > 2:  # a little beyond the picture is drawn by hand
        raise DataError(
            f'{path}, line {number} is not in shares of the sides of its picture, from 0 to 1'
        )

    def area(size: tuple[int, int]) -> npt.NDArray[np.bool_]:
        return fill([shares * np.array([size[1], size[0]])], size)

    return area
