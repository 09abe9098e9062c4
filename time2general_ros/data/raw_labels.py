"""Label maps in the ids or colours of a data set's own table, turned into a label set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.label_maps import read_colours, read_map
from time2general_ros.data.labelled_video import DataError
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.file_video import LabelReader
    from time2general_ros.labels.label_set import LabelSet

    Colour = tuple[int, int, int]

UNKNOWN = 254


class IdReader:
    """
    Read maps of raw ids.

    :param ids: The raw ids of each class by its name in ``label_set``.
    :param void: The raw ids that belong to no class. Ids in neither table are errors.
    :param read: How the file is read.
    """

    def __init__(
        self,
        label_set: LabelSet,
        ids: Mapping[str, Iterable[int]],
        void: Iterable[int],
        read: LabelReader = read_map,
    ) -> None:
        self.table = np.full(256, UNKNOWN, np.uint8)
        self.table[list(void)] = UNLABELLED
        for name, raw in ids.items():
            self.table[list(raw)] = label_set.classes.index(name)
        self._read = read

    def __call__(self, path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """
        Read a map as ids of the label set, uint8 [H, W].

        :raises DataError: if it is missing, damaged, of another size or holds unknown ids; names
            file and values.
        """
        raw = self._read(path, size)
        labels = self.table[raw]
        wrong = np.unique(raw[labels == UNKNOWN])
        if wrong.size:
            known = ', '.join(_ranges(np.flatnonzero(self.table != UNKNOWN)))
            raise DataError(
                f'{path} holds unknown label ids: {", ".join(map(str, wrong))}; known are {known}'
            )
        return np.asarray(labels, np.uint8)


class ColourReader:
    """
    Read maps of class colours.

    :param colours: The RGB colours of each class by its name in ``label_set``.
    :param void: The colours that belong to no class. Colours in neither table are errors.
    """

    def __init__(
        self, label_set: LabelSet, colours: Mapping[str, Iterable[Colour]], void: Iterable[Colour]
    ) -> None:
        self._table = np.full(1 << 24, UNKNOWN, np.uint8)
        for colour in void:
            self._table[_code(colour)] = UNLABELLED
        for name, shades in colours.items():
            for colour in shades:
                self._table[_code(colour)] = label_set.classes.index(name)

    def __call__(self, path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """
        Read a map as ids of the label set, uint8 [H, W].

        :raises DataError: if it is missing, damaged, of another size or holds unknown colours;
            names file and values.
        """
        rgb = read_colours(path, size)
        labels = self._table[rgb.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)]
        wrong = np.unique(rgb[labels == UNKNOWN], axis=0)
        if wrong.size:
            some = ', '.join(str(tuple(colour)) for colour in wrong[:5].tolist())
            raise DataError(
                f'{path} holds {len(wrong)} unknown label colours (RGB): {some}; an image that '
                'was scaled or saved as JPEG mixes colours: take the original file'
            )
        return np.asarray(labels, np.uint8)


def _code(colour: Colour) -> int:
    red, green, blue = colour
    return red << 16 | green << 8 | blue


def _ranges(ids: npt.NDArray[np.intp]) -> list[str]:
    """Write ascending ids as ``0 to 5`` and ``9``."""
    runs = np.split(ids, np.flatnonzero(np.diff(ids) > 1) + 1)
    return [str(run[0]) if len(run) == 1 else f'{run[0]} to {run[-1]}' for run in runs]
