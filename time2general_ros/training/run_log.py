"""The log of a run: a CSV file with a row per logged step, each step once."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

COLUMNS = [
    'stage', 'step', 'images_per_s', 'loss', 'rate',
    'cross_entropy', 'mask', 'dice', 'presence', 'temporal', 'mtc', 'motion', 'appearance',
]  # fmt: skip


class RunLog:
    """
    Rows of :data:`COLUMNS`; a term that a stage does not have is left empty.

    :param path: The CSV file, made with the first row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, row: Mapping[str, str | int | float]) -> None:
        """Append a row, numbers to five digits."""
        new = not self.path.exists()
        with self.path.open('a', newline='', encoding='utf-8') as file:
            writer = csv.DictWriter(file, COLUMNS, restval='')
            if new:
                writer.writeheader()
            writer.writerow({k: f'{v:.5g}' if isinstance(v, float) else v for k, v in row.items()})

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
