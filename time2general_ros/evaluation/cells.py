"""The cells of a benchmark, and a folder that keeps those that are finished."""

from __future__ import annotations

from dataclasses import asdict, dataclass
import hashlib
import json
from typing import TYPE_CHECKING, Any

from time2general_ros.evaluation.report import make_folder, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLEAN = 'none'


@dataclass(frozen=True)
class Cell:
    """
    One combination that is scored.

    :param data: Specification of the data set.
    :param corruption: ``NAME:SEVERITY``, or ``none``.
    :param stride: Every how many frames of a video are shown.
    :param memory: Name of the memory mode.
    """

    data: str
    corruption: str
    stride: int
    memory: str


@dataclass(frozen=True)
class Row:
    """The figures of one cell, in percent."""

    cell: Cell
    figures: dict[str, Any]


class CellStore:
    """
    Finished cells as one file each, found again by all that their figures depend on.

    :param folder: Made when the first cell is kept.
    :param settings: What all cells of a run have in common: the checksums of the model, the split
        and whatever else changes figures. JSON values.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._folder = folder
        self._settings = dict(settings)

    def find(self, cell: Cell) -> dict[str, Any] | None:
        """Return the figures of a cell; None if it is not finished or its file is damaged."""
        try:
            kept = json.loads(self._path(cell).read_text(encoding='utf-8'))
        except (OSError, ValueError):
            return None
        figures = kept.get('figures') if isinstance(kept, dict) else None
        return figures if isinstance(figures, dict) else None

    def keep(self, cell: Cell, figures: Mapping[str, Any]) -> None:
        """
        Keep the figures of a cell.

        :raises ReportError: if they cannot be written.
        """
        make_folder(self._folder)
        write_json(self._path(cell), {**self._identity(cell), 'figures': figures})

    def _identity(self, cell: Cell) -> dict[str, Any]:
        return {'settings': self._settings, 'cell': asdict(cell)}

    def _path(self, cell: Cell) -> Path:
        text = json.dumps(self._identity(cell), sort_keys=True)
        return self._folder / f'{hashlib.sha256(text.encode()).hexdigest()[:16]}.json'
