"""The rows of a run as its page needs them: some columns of all, and all of some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.report.replay.rows import DETAILS, CameraRows, Details

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    Camera = tuple[str, str]

_KEYS = ('source', 'topic', 'memory')
_FIGURES = ('flow_flicker', 'flicker', 'miou')
# From the decoded image to the mask, one after the other.
_ANSWER = ('preprocess_ms', 'step_ms', 'postprocess_ms')
_COLUMNS = ('frame', 'video', 'stamp_ns', 'offset_s', 'width', 'height', 'refused', 'reset')


def read_rows(
    file: Path, results: Mapping[str, Any]
) -> tuple[dict[Camera, dict[str, CameraRows]], dict[str, list[str]]]:
    """
    Read what the page shows of every frame.

    :param file: ``frames.parquet``.
    :param results: What ``results.json`` beside it holds.
    :returns: The rows by source and topic and by memory mode, the main one first; and the topics
        of the images of each source, in the order in which they were read.
    """
    modes = results['settings']['memory']
    columns = [*_KEYS, *_COLUMNS, *_FIGURES, *_ANSWER]
    table = pq.read_table(file, columns=columns)
    rows = {
        (source['name'], topic['topic']): {
            mode: _rows(_part(table, source['name'], mode, topic['topic'])) for mode in modes
        }
        for source in results['sources']
        for topic in source['topics']
    }
    order = {
        source['name']: _part(table, source['name'], modes[0])['topic'].to_pylist()
        for source in results['sources']
    }
    return rows, order


def read_details(
    file: Path, results: Mapping[str, Any], wanted: Mapping[Camera, Collection[int]]
) -> dict[Camera, Details]:
    """
    Read what the page shows of some frames of the main memory mode.

    :param wanted: Their places among those of their cameras.
    """
    mode = results['settings']['memory'][0]
    places = dict.fromkeys(wanted, 0)
    details: dict[Camera, Details] = {camera: {} for camera in wanted}
    for batch in pq.ParquetFile(file).iter_batches(1024, columns=[*_KEYS, *DETAILS]):
        keys = zip(*(batch.column(name).to_pylist() for name in _KEYS), strict=True)
        for number, (source, topic, memory) in enumerate(keys):
            if memory != mode:
                continue
            camera = source, topic
            if places[camera] in wanted[camera]:
                (row,) = batch.slice(number, 1).to_pylist()
                details[camera][places[camera]] = row
            places[camera] += 1
    return details


def _part(table: pa.Table, source: str, mode: str, topic: str | None = None) -> pa.Table:
    chosen = pc.and_(pc.equal(table['source'], source), pc.equal(table['memory'], mode))
    if topic is not None:
        chosen = pc.and_(chosen, pc.equal(table['topic'], topic))
    return table.filter(chosen)


def _rows(table: pa.Table) -> CameraRows:
    whole = {
        name: np.asarray(pc.fill_null(table[name], 0), np.int64)
        for name in ('frame', 'video', 'stamp_ns', 'width', 'height')
    }
    floats = {
        name: np.asarray(table[name].to_numpy(), np.float64)
        for name in ('offset_s', *_FIGURES, *_ANSWER)
    }
    return CameraRows(
        **whole,
        offset_s=floats['offset_s'],
        figures={name: floats[name] for name in _FIGURES},
        answer_ms=sum((floats[name] for name in _ANSWER), np.zeros(len(table))),
        refused=_told(table['refused']),
        reset=_told(table['reset']),
    )


def _told(column: pa.ChunkedArray) -> dict[int, str]:
    return {place: text for place, text in enumerate(column.to_pylist()) if text is not None}
