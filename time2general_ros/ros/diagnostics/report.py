"""The JSON file that a node leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from errno import EISDIR
import json
import os
from pathlib import Path

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.statistics.stream_statistics import Snapshot


class ReportError(Time2GeneralError):
    """The report could not be written."""


def report_obstacle(text: str) -> str | None:
    """
    Say why no report can be written to a file; found out by writing beside it.

    :param text: Its path; empty for no report.
    """
    if not text:
        return None
    path = Path(text)
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        draft = _draft(path)
        draft.touch()
        draft.unlink()
    except (OSError, ValueError) as error:
        return _reason(path, error)
    return None


def write_report(
    path: Path,
    settings: Mapping[str, object],
    engine: EngineState,
    cameras: Mapping[str, Snapshot],
) -> None:
    """
    Write ``{"parameters": {...}, "engine": {...}, "cameras": {topic: counters}}``.

    The file is written whole or not at all.

    :raises ReportError: if the file cannot be written.
    """
    content = {'parameters': settings, 'engine': asdict(engine), 'cameras': cameras}
    try:
        draft = _draft(path)
        draft.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
        draft.replace(path)
    except (OSError, ValueError) as error:
        raise ReportError(_reason(path, error)) from error


def _draft(path: Path) -> Path:
    return path.with_name(path.name + '.part')


def _reason(path: Path, error: OSError | ValueError) -> str:
    return (
        f'cannot write the report {path}: {getattr(error, "strerror", error)}; set report_path '
        'to a file in a folder that exists and can be written'
    )
