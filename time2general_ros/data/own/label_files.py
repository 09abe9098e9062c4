"""Label maps and outlines of one's own, in whatever form each file is."""

from __future__ import annotations

from collections import Counter
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.data.label_maps import read_stored
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.names import by_name, check_known
from time2general_ros.data.polygons.coco import read_coco
from time2general_ros.data.polygons.cvat import read_cvat
from time2general_ros.data.polygons.files import without_twins
from time2general_ros.data.polygons.labelme import read_labelme
from time2general_ros.data.polygons.shapes import draw
from time2general_ros.data.polygons.yolo import read_yolo
from time2general_ros.data.raw_labels import ColourReader, IdReader, listed_ids
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.data.own.description import Description
    from time2general_ros.data.polygons.shapes import Outlines


class LabelFiles:
    """
    Reads the labels of a folder; see :class:`~time2general_ros.data.file_video.FileVideo`.

    :param notes: What is counted while reading: shapes and pixels that need a word.
    """

    def __init__(self, description: Description) -> None:
        labels = description.labels
        self.notes: Counter[str] = Counter()
        self._description = description
        ids = dict(zip(labels.classes, ([raw] for raw in description.raw_ids), strict=True))
        known = listed_ids(np.array(sorted(description.raw_ids), np.intp))
        if description.void_ids:
            known += f' and {", ".join(map(str, sorted(description.void_ids)))} for void'
        self._by_id = IdReader(labels, ids, description.void_ids, known=known)
        self._drawn = dict.fromkeys(description.void_labels, UNLABELLED)
        self._drawn |= {name: i for i, name in enumerate(labels.classes)}
        self._outlines: dict[Path, tuple[Path, Outlines]] = {}

    def add_file(self, file: Path, pictures: dict[str, Path], images: Path) -> set[Path]:
        """
        Take in a file that holds the outlines of many pictures.

        :returns: The pictures that it is of.
        :raises DataError: if it is damaged, or names pictures that are not there.
        """
        read = read_cvat if file.suffix.lower() == '.xml' else read_coco
        found: list[tuple[Path, Outlines]] = []
        missing = []
        for text, outlines in read(file).items():
            name = PureWindowsPath(text)
            image = by_name(pictures, name)
            if image is None:
                missing.append(images / name.as_posix())
            else:
                found.append((image, outlines))
        check_known(file, missing)
        for image, outlines in without_twins(file, found, 'the picture').items():
            self._outlines[image] = file, outlines
        return {image for image, _ in found}

    def __call__(self, path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """
        Read labels as ids of the label set, uint8 [H, W].

        :param path: Of the file of labels; or of the picture, where one file is of many.
        :raises DataError: if they are damaged, of another size, or hold what is no class; names
            file, values and how often they occur.
        """
        if path in self._outlines:
            return self._draw(*self._outlines[path], size)
        suffix = path.suffix.lower()
        if suffix == '.json':
            name, outlines = read_labelme(path)
            if name != path.stem:
                raise DataError(
                    f'{path} names the picture {name}, which is not there; rename the file like '
                    'its picture, or mend its imagePath'
                )
            return self._draw(path, outlines, size)
        if suffix == '.txt':
            return self._draw(path, read_yolo(path, self._description.labels.classes), size)
        return self._map(path, read_stored(path, size))

    def _map(self, path: Path, pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        if pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16):
            return self._by_id.look_up(path, pixels)
        if pixels.dtype != np.uint8 or pixels.shape[2] not in (3, 4):
            raise DataError(
                f'{path} is not a map of class ids: it has shape {pixels.shape} and type '
                f'{pixels.dtype}; save one channel of 8 or 16 bits, or the colours of the classes '
                'in 8 bits'
            )
        try:
            return self._by_colour(path).look_up(path, np.asarray(pixels[..., 2::-1], np.uint8))
        except DataError as error:
            raise DataError(
                f'{error}; the classes have colours in dataset.json, and "void_colour" there is '
                'that of no class'
            ) from error

    def _by_colour(self, path: Path) -> ColourReader:
        labels, void = self._description.labels, self._description.void_colour
        colours = {
            name: [(int(r), int(g), int(b))]
            for name, (r, g, b) in zip(labels.classes, labels.colours, strict=False)
        }
        shared = [c for c, n in Counter(c[0] for c in colours.values()).items() if n > 1]
        shared += [c[0] for c in colours.values() if c[0] == void]
        if shared:
            raise DataError(f'{path} holds colours, but {shared[0]} is of several classes')
        return ColourReader(labels, colours, [] if void is None else [void])

    def _draw(
        self, file: Path, outlines: Outlines, size: tuple[int, int]
    ) -> npt.NDArray[np.uint8]:
        if outlines.size not in (None, size):
            height, width = outlines.size or size
            turned = '; the picture is shown turned, by its EXIF orientation'
            raise DataError(
                f'{file} has shapes on a picture of {width}x{height} but its image is '
                f'{size[1]}x{size[0]}; both must have the same size'
                f'{turned if (width, height) == size else ""}'
            )
        wrong = Counter(s.label for s in outlines.shapes if s.label not in self._drawn)
        if wrong:
            named = ', '.join(f'{name!r} ({count})' for name, count in wrong.most_common(8))
            raise DataError(
                f'{file} has shapes of what is no class: {named}; the classes are '
                f'{", ".join(self._description.labels.classes)}; "void_labels" in dataset.json '
                'lists others'
            )
        around = self._description.background
        background = UNLABELLED if around is None else self._drawn[around]
        drawn = draw(outlines.shapes, self._drawn, background, size)
        if drawn.contested:
            self.notes['pixels in shapes of several classes'] += drawn.contested
        for kind, count in outlines.left_out.items():
            self.notes[f'shapes without an area ({kind}), left out'] += count
        return drawn.ids
