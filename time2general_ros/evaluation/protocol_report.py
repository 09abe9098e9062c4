"""The results of a protocol as files: one table for people, every figure for programs."""

from __future__ import annotations

from dataclasses import asdict
import json
from typing import TYPE_CHECKING, Any

from time2general_ros.evaluation.benchmark_table import markdown_row
from time2general_ros.evaluation.protocol import protocol_table
from time2general_ros.evaluation.report import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from time2general_ros.evaluation.benchmark_table import markdown_row
    from time2general_ros.evaluation.cells import Row
from time2general_ros.evaluation.protocol import Part


def write_protocol(
    folder: Path,
    name: str,
    settings: Mapping[str, Any],
    parts: Sequence[Part],
    rows: Mapping[str, Sequence[Row]],
) -> list[Path]:
    """
    Write ``NAME.md`` and ``NAME.json`` into a folder.

    :param settings: What all figures have in common, JSON values; rows: by part.
    :returns: the files.
    :raises ReportError: if one cannot be written.
    """
    table = protocol_table(parts, rows)
    facts = ', '.join(f'{key} {value}' for key, value in settings.items() if key != 'files')
    lines = [f'# {name}', '', f'All figures in percent; {facts}.', '', markdown_row(table[0])]
    lines += [markdown_row(['---'] * len(table[0])), *(markdown_row(line) for line in table[1:])]
    content = {
        'protocol': name,
        'settings': dict(settings),
        'table': table,
        'rows': [
            {'part': part, **asdict(row.cell), **row.figures}
            for part, found in rows.items()
            for row in found
        ],
    }
    files = [folder / f'{name}.md', folder / f'{name}.json']
    write_bytes(files[0], ('\n'.join(lines) + '\n').encode())
    write_bytes(files[1], (json.dumps(content, indent=2, allow_nan=False) + '\n').encode())
    return files
