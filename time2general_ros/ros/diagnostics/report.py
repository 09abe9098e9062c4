"""The JSON file that a node leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
import json
from pathlib import Path

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.parameters.report_path import told
from time2general_ros.ros.statistics.stream_statistics import Snapshot
from time2general_ros.whole import whole


class ReportError(Time2GeneralError):
    """The report could not be written."""


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
        path.parent.stat()
        with whole(path) as draft:
            draft.write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
    except (OSError, ValueError) as error:
        raise ReportError(told(path, error)) from error
