"""The results of a benchmark as files: tables for people and for programs, and pictures."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
import json
from typing import TYPE_CHECKING, Any

from time2general_ros.evaluation.benchmark_table import cells, headings, markdown_row, records
from time2general_ros.evaluation.plots import draw_accuracy, draw_flicker, draw_table
from time2general_ros.evaluation.report import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from time2general_ros.evaluation.benchmark_table import Line


@dataclass(frozen=True)
class BenchmarkReport:
    """
    What is written.

    :param settings: What all lines have in common, JSON values.
    :param notes: What a reader must know beside any figure, by data set.
    """

    lines: Sequence[Line]
    settings: Mapping[str, Any]
    notes: Mapping[str, str]


def write_report(folder: Path, report: BenchmarkReport) -> list[Path]:
    """
    Write every form of a report into a folder.

    :returns: The files.
    :raises ReportError: if one cannot be written.
    """
    files = [folder / name for name in FORMS]
    for file in files:
        write_bytes(file, FORMS[file.name](report))
    return files


def _markdown(report: BenchmarkReport) -> bytes:
    parts = ['# Benchmark', '', _facts(report.settings), '']
    for data in dict.fromkeys(line.data for line in report.lines):
        lines = [line for line in report.lines if line.data == data]
        heads = headings(lines)
        parts += [f'## {data}', '']
        if data in report.notes:
            parts += [f'{report.notes[data]}.', '']
        parts += [markdown_row(heads), markdown_row(['---'] * len(heads))]
        parts += [markdown_row(cells(line)) for line in lines]
        parts += ['']
    parts += [f'![flicker against stride]({FLICKER})', f'![mIoU by corruption]({ACCURACY})']
    return ('\n'.join(parts) + '\n').encode()


def _facts(settings: Mapping[str, Any]) -> str:
    facts = ', '.join(f'{key} {value}' for key, value in settings.items() if key != 'files')
    return f'All figures in percent; {facts}.'


def _csv(report: BenchmarkReport) -> bytes:
    rows = records(report.lines)
    text = StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(report: BenchmarkReport) -> bytes:
    content = {
        'settings': dict(report.settings),
        'notes': dict(report.notes),
        'rows': [
            {**record, 'is_mean': line.is_mean}
            for line in report.lines
            for record in records([line])
        ],
    }
    return (json.dumps(content, indent=2, allow_nan=False) + '\n').encode()


FLICKER = 'flicker_by_stride.png'
ACCURACY = 'miou_by_corruption.png'
FORMS: dict[str, Callable[[BenchmarkReport], bytes]] = {
    'results.md': _markdown,
    'results.csv': _csv,
    'results.json': _json,
    'results.png': lambda report: draw_table(report.lines),
    FLICKER: lambda report: draw_flicker(report.lines),
    ACCURACY: lambda report: draw_accuracy(report.lines),
}
