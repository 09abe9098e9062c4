"""The log of a run: a CSV file with a row per logged step, each step once, and TensorBoard."""

from __future__ import annotations

import csv
from dataclasses import fields
from importlib.util import find_spec
from typing import TYPE_CHECKING

import cv2

from time2general_ros.training.objective.losses import LossWeights
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    from torch.utils.tensorboard import SummaryWriter

COLUMNS = ['stage', 'step', 'images_per_s', 'loss', 'rate', *(f.name for f in fields(LossWeights))]


class RunLog:
    """
    Rows of :data:`COLUMNS`; a term that a stage does not have is left empty.

    :param path: The CSV file, made with the first row.
    :param tensorboard: Folder of event files; none are written where it is not installed.
    """

    def __init__(self, path: Path, tensorboard: Path | None = None) -> None:
        self.path = path
        self._folder = tensorboard
        self._writer: SummaryWriter | None = None

    def add(self, row: Mapping[str, str | int | float], total: int) -> None:
        """
        Append a row, numbers to five digits.

        :param total: Steps of all stages so far.
        """
        if events := self._events():
            for name, value in row.items():
                if isinstance(value, float):
                    events.add_scalar(name, value, total)
        with self.path.open('a', newline='', encoding='utf-8') as file:
            writer = csv.DictWriter(file, COLUMNS, restval='')
            if not file.tell():
                writer.writeheader()
            writer.writerow({k: f'{v:.5g}' if isinstance(v, float) else v for k, v in row.items()})

    def add_picture(self, file: Path, picture: npt.NDArray[np.uint8], total: int) -> None:
        """Keep a picture, RGB uint8 [H, W, 3]."""
        with whole(file) as place:
            cv2.imwrite(str(place), picture[..., ::-1])
        if events := self._events():
            events.add_image('sample', picture, total, dataformats='HWC')

    def _events(self) -> SummaryWriter | None:
        if self._folder and not self._writer and find_spec('tensorboard'):
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder))
        return self._writer

    def forget(self, stage: str, step: int, later: Collection[str]) -> None:
        """
        Drop the rows of steps that a cut-off run did after its last save: they come again.

        Lines that are no whole rows, as a full disk leaves them, are dropped too. A header that is
        missing, half or of other columns is written anew.

        :param stage: Name of the stage that goes on after its step ``step``.
        :param later: Names of the stages after it.
        """
        if not self.path.exists():
            return
        lines = self.path.read_bytes().decode(errors='replace').splitlines(keepends=True)
        rows = [row for line in lines if (row := _read(line))]
        columns = rows.pop(0) if rows and rows[0][:2] == COLUMNS[:2] else COLUMNS
        kept = [
            dict(zip(columns, row, strict=True))
            for row in rows
            if len(row) == len(columns) and row[1].isdecimal() and row[0] not in later
            and (row[0] != stage or int(row[1]) <= step)
        ]  # fmt: skip
        with (
            whole(self.path) as partial,
            partial.open('w', newline='', encoding='utf-8') as file,
        ):
            writer = csv.DictWriter(file, COLUMNS, restval='', extrasaction='ignore')
            writer.writeheader()
            writer.writerows(kept)


def _read(line: str) -> list[str]:
    """Split a line; nothing if it was cut off."""
    is_whole = line.endswith('\n') and '\0' not in line
    return next(csv.reader([line]), []) if is_whole else []
