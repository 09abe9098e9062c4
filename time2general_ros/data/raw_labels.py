"""Label maps in the ids or colours of a data set's own table, turned into a label set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.data.label_maps import read_colours, read_map, unknown_ids
from time2general_ros.data.labelled_video import DataError
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.file_video import LabelReader
    from time2general_ros.labels.label_set import LabelSet

    Colour = tuple[int, int, int]

# Beyond void.
UNKNOWN = 256
# Maps hold up to 16 bits a pixel.
RAW_IDS = 1 << 16


class IdReader:
    """
    Read maps of raw ids.

    :param ids: The raw ids of each class by its name in ``label_set``.
    :param void: The raw ids that belong to no class. Ids in neither table are errors.
    :param read: How the file is read.
    :param known: The ids that are in the tables, in words for messages.
    """

    def __init__(
        self,
        label_set: LabelSet,
        ids: Mapping[str, Iterable[int]],
        void: Iterable[int],
        read: LabelReader = read_map,
        known: str | None = None,
    ) -> None:
        self._known = known
        self.table = np.full(RAW_IDS, UNKNOWN, np.uint16)
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
        return self.look_up(path, self._read(path, size))

    def look_up(self, path: Path, raw: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """
        Turn raw ids [H, W], of 8 or 16 bits, into those of the label set.

        :raises DataError: if some are unknown; names file and values.
        """
        labels = self.table[raw]
        unknown = labels == UNKNOWN
        if unknown.any():
            known = self._known or listed_ids(np.flatnonzero(self.table != UNKNOWN))
            raise unknown_ids(path, raw[unknown], known)
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
        ids = {_code(colour): UNLABELLED for colour in void}
        for name, shades in colours.items():
            ids |= {_code(colour): label_set.classes.index(name) for colour in shades}
        self._codes = np.array(sorted(ids), np.int32)
        self._ids = np.array([ids[code] for code in sorted(ids)], np.uint8)

    def __call__(self, path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """
        Read a map as ids of the label set, uint8 [H, W].

        :raises DataError: if it is missing, damaged, of another size or holds unknown colours;
            names file and values.
        """
        return self.look_up(path, read_colours(path, size))

    def look_up(self, path: Path, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """
        Turn colours [H, W, 3] into ids of the label set.

        :raises DataError: if some are unknown; names file and values.
        """
        codes = rgb.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
        places = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        unknown = self._codes[places] != codes
        wrong, counts = np.unique(rgb[unknown], axis=0, return_counts=True)
        if wrong.size:
            some = ', '.join(str(tuple(colour)) for colour in wrong[:5].tolist())
            raise DataError(
                f'{path} holds {len(wrong)} unknown label colours (RGB): {some}; in '
                f'{", ".join(map(str, counts[:5]))} pixels; {_likely_cause(wrong)}'
            )
        return self._ids[places]


def _code(colour: Colour) -> int:
    red, green, blue = colour
    return red << 16 | green << 8 | blue


def listed_ids(ids: npt.NDArray[np.intp]) -> str:
    """Write ascending ids as ``0 to 5, 9``."""
    runs = np.split(ids, np.flatnonzero(np.diff(ids) > 1) + 1)
    return ', '.join(str(run[0]) if len(run) == 1 else f'{run[0]} to {run[-1]}' for run in runs)


def _likely_cause(wrong: npt.NDArray[np.uint8]) -> str:
    """Say what is likely to be wrong about colours [N, 3], and what to do."""
    if (wrong == wrong[:, :1]).all():
        return 'they are all grey: if these are ids, save them as one channel'
    return 'an image that was scaled or saved as JPEG mixes colours: take the original file'
