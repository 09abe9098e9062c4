"""One picture that shows labels on the frames that they are of, and what the colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.report.tiles import captioned, cell, line, title, write_png

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.report.tiles import Image

# Frames and their labels, side by side.
PAIRS = 2
COLUMNS = 2 * PAIRS
VOID = 'no class'


class LabelSheet:
    """
    Collects frames for a sheet.

    :param every: Of so many labelled frames, one is shown.
    """

    def __init__(self, label_set: LabelSet, every: int) -> None:
        self._labels = label_set
        self._every = max(1, every)
        self._met = 0
        self._cells: list[Image] = []

    def add(self, name: str, image: Image, labels: Image) -> None:
        """
        Take in a labelled frame if it is its turn.

        :param image: RGB, uint8 [H, W, 3].
        :param labels: uint8 [H, W]; 255 is shown by a chequered grey.
        """
        self._met += 1
        if (self._met - 1) % self._every:
            return
        coloured = self._labels.colours[labels]
        rows, columns = np.indices(labels.shape)
        grey = np.where((rows // 8 + columns // 8) % 2, 70, 110)[..., None]
        shown = np.where((labels == UNLABELLED)[..., None], grey, coloured).astype(np.uint8)
        self._cells += [captioned(cell(image), name[-36:]), cell(shown)]

    def write(self, path: Path) -> None:
        """
        Write the PNG: the classes in their colours, then the frames.

        :raises OSError: if the file cannot be written.
        """
        names = zip(self._labels.classes, self._labels.palette, strict=True)
        bars = [title(f'{i} {name}', colour) for i, (name, colour) in enumerate(names)]
        bars.append(title(VOID, (110, 110, 110)))
        write_png(path, [*_lines(bars), *_lines(self._cells)])


def _lines(cells: list[Image]) -> list[Image]:
    blank = [np.full_like(cells[0], 255)] * (-len(cells) % COLUMNS) if cells else []
    whole = [*cells, *blank]
    return [line(whole[i : i + COLUMNS]) for i in range(0, len(whole), COLUMNS)]
