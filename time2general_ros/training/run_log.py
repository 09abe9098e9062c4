"""The log of a run: a CSV file with a row per logged step, each step once, and TensorBoard."""

from __future__ import annotations

import csv
from dataclasses import fields
from importlib.util import find_spec
from typing import TYPE_CHECKING

import cv2

from time2general_ros.training.losses import LossWeights
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
        new = not self.path.exists()
        with self.path.open('a', newline='', encoding='utf-8') as file:
            writer = csv.DictWriter(file, COLUMNS, restval='')
            if new:
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

        :param stage: Name of the stage that goes on after its step ``step``.
        :param later: Names of the stages after it.
        """
        if not self.path.exists():
            return
        header, *rows = self.path.read_bytes().decode().splitlines(keepends=True)
        kept = [header]
        for row in rows:
            name, number, *_ = next(csv.reader([row]))
            if name not in later and not (name == stage and int(number) > step):
                kept.append(row)
        partial = self.path.with_suffix('.part')
        partial.write_bytes(''.join(kept).encode())
        partial.replace(self.path)
