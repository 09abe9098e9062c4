"""A protocol: data sets that a model is scored on together, and the figures that count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from time2general_ros.data.corruptions.corruption import CorruptionError
from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.benchmark import plan, read_corruptions
from time2general_ros.evaluation.benchmark_table import FIGURES, show
from time2general_ros.evaluation.cells import CLEAN
from time2general_ros.field_values import COUNTS, FieldReader, Range
from time2general_ros.streaming.memory_modes import MODES, is_memory_mode
from time2general_ros.user_path import user_path
from time2general_ros.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.evaluation.cells import Cell, Row

HEADINGS = {
    'miou': 'mIoU',
    'boundary_iou': 'boundary IoU',
    'flicker': 'flicker',
    'flow_flicker': 'label-free flicker',
}
MEMORIES = ('on', 'off')


class ProtocolError(Time2GeneralError):
    """A protocol cannot be read or carried out."""


@dataclass(frozen=True)
class Part:
    """
    Data sets that are scored alike and averaged.

    :param data: Specifications; ``{root}`` stands for the folder of data, a star in the name of a
        file for several.
    :param figures: Which of the :data:`FIGURES` count.
    :param memory: Ways to use earlier frames, of those that :data:`MODES` lists.
    :param corruptions: As in :func:`read_corruptions`; clean images are not scored beside them.
    """

    name: str
    data: tuple[str, ...]
    figures: tuple[str, ...]
    split: str = 'val'
    strides: tuple[int, ...] = (1,)
    corruptions: str = CLEAN
    memory: tuple[str, ...] = MEMORIES

    @property
    def with_flow(self) -> bool:
        """Whether its figures need the optical flow."""
        return bool({'tc', 'flow_flicker'} & {*self.figures})

    def cells(self, root: Path) -> list[Cell]:
        """
        List what is scored.

        :raises ProtocolError: if a star finds no file, or there is no such corruption.
        """
        data = [found for spec in self.data for found in _found(spec, root, self.name)]
        try:
            corruptions = read_corruptions(self.corruptions)
        except CorruptionError as error:
            raise ProtocolError(f'part {self.name!r} of the protocol: {error}') from error
        return plan(data, corruptions[1:] or corruptions, self.strides, self.memory)


_SOME = Range(bool, 'a list of at least one')
READER = FieldReader(
    ProtocolError,
    {
        Part: {
            'data': _SOME,
            'figures': Range(
                lambda figures: bool(figures) and {*figures} <= {*FIGURES},
                f'a list of at least one of {", ".join(FIGURES)}',
            ),
            'strides': COUNTS,
            'memory': Range(
                lambda modes: bool(modes) and all(map(is_memory_mode, modes)),
                f'a list of at least one of {MODES}',
            ),
        }
    },
)


def read_protocol(file: Path, names: Sequence[str] = ()) -> list[Part]:
    """
    Read the parts of a protocol.

    :param names: Of the parts that are wanted; none for all.
    :raises ProtocolError: if the file cannot be read, names what there is not, has a value that a
        key cannot have, or lacks a part.
    """
    values = read_yaml(file, 'the protocol', ProtocolError)
    parts = values.get('parts') if isinstance(values, dict) else None
    if not parts or not isinstance(parts, list):
        raise ProtocolError(f'{file} has no list of parts; see config/protocols for one')
    read = [
        READER.build(Part, part, f'{file}: part {number}')
        for number, part in enumerate(parts, start=1)
    ]
    known = [part.name for part in read]
    if twice := [name for name, count in Counter(known).items() if count > 1]:
        raise ProtocolError(
            f'{file}: several parts are called {twice[0]!r}; give each a name of its own'
        )
    if unknown := [name for name in names if name not in known]:
        raise ProtocolError(f'{file} has no parts {unknown}; there are {known}')
    return [part for part in read if part.name in names or not names]


def _found(spec: str, root: Path, part: str) -> list[str]:
    kind, colon, where = spec.replace('{root}', str(root)).partition(':')
    if '*' not in where:
        return [f'{kind}{colon}{where}']
    path = user_path(where)
    files = sorted(path.parent.glob(path.name))
    if not files:
        raise ProtocolError(f'part {part!r} of the protocol: there is no {where}')
    return [f'{kind}{colon}{file}' for file in files]


def protocol_table(parts: Sequence[Part], rows: Mapping[str, Sequence[Row]]) -> list[list[str]]:
    """
    Put a protocol's figures into a table: a line for each memory mode, its heading first.

    :param rows: What was scored, by the name of the part.
    """
    modes = list(dict.fromkeys(mode for part in parts for mode in part.memory))
    columns = [
        (part, figure, stride)
        for part in parts
        for figure in part.figures
        for stride in part.strides
    ]
    heads = [_heading(part, figure, stride) for part, figure, stride in columns]
    lines = [
        [mode, *(show(_mean(rows[p.name], figure, stride, mode)) for p, figure, stride in columns)]
        for mode in modes
    ]
    return [['memory', *heads], *lines]


def _heading(part: Part, figure: str, stride: int) -> str:
    at = f' at {stride}' if len(part.strides) > 1 else ''
    return f'{part.name}: {HEADINGS.get(figure, figure)}{at}'


def _mean(rows: Sequence[Row], figure: str, stride: int, mode: str) -> float | None:
    found = [
        row.figures[figure]
        for row in rows
        if row.cell.stride == stride and row.cell.memory == mode
    ]
    return fmean(found) if found and None not in found else None
