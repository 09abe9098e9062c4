"""The rows of ``frames.parquet``: docs/replay.md says what the columns are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

SCHEMA_VERSION = 1
SCHEMA_KEY = b'time2general.schema'
STAGES = ('decode', 'preprocess', 'step', 'postprocess', 'figures', 'encode')
_TEXT = pa.dictionary(pa.int32(), pa.string())


def _counts(*names: str) -> pa.DataType:
    fields = [(name, pa.uint8()) for name in names[:-1]]
    return pa.list_(pa.struct([*fields, (names[-1], pa.int64())]))


SCHEMA = pa.schema(
    [
        ('source', _TEXT),
        ('topic', _TEXT),
        ('memory', _TEXT),
        ('video', pa.int32()),
        ('frame', pa.int64()),
        ('message', pa.int64()),
        ('name', pa.string()),
        ('stamp_ns', pa.int64()),
        ('log_time_ns', pa.int64()),
        ('time_ns', pa.int64()),
        ('offset_s', pa.float64()),
        ('refused', _TEXT),
        ('width', pa.int32()),
        ('height', pa.int32()),
        ('dark', pa.bool_()),
        ('reset', pa.string()),
        ('memory_depth', pa.int32()),
        ('memory_age_s', pa.float64()),
        ('confidence', pa.float64()),
        ('class_pixels', pa.list_(pa.int64())),
        ('flow_flicker', pa.float64()),
        ('flow_pixels', pa.int64()),
        ('flow_changed', pa.int64()),
        ('flow_pairs', _counts('before', 'after', 'pixels')),
        ('labelled', pa.bool_()),
        ('flicker', pa.float64()),
        ('stable_pixels', pa.int64()),
        ('changed_pixels', pa.int64()),
        (
            'windows',
            pa.list_(
                pa.struct(
                    [
                        ('length', pa.int32()),
                        ('pixels', pa.int64()),
                        ('constant', pa.int64()),
                        ('correct', pa.int64()),
                    ]
                )
            ),
        ),
        ('miou', pa.float64()),
        ('confusion', _counts('truth', 'prediction', 'pixels')),
        (
            'boundary',
            pa.list_(
                pa.struct([('class', pa.uint8()), ('hits', pa.int64()), ('union', pa.int64())])
            ),
        ),
        *((f'{stage}_ms', pa.float32()) for stage in STAGES),
    ],
    metadata={SCHEMA_KEY: str(SCHEMA_VERSION)},
)


def table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Make a table of rows; what a row does not say is null."""
    listed = list(rows)
    columns = [pa.array([row.get(field.name) for row in listed], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def sparse(counts: npt.NDArray[np.int64], names: Sequence[str]) -> list[dict[str, int]]:
    """
    List the counts of a matrix that are not zero.

    :param counts: int64 [A, B]; the last column, and the last row of a square one, is 255.
    :param names: Of row, column and count.
    """
    rows, columns = np.nonzero(counts)
    height, width = counts.shape
    listed = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        ids = [
            255 if height == width and row == height - 1 else row,
            255 if column == width - 1 else column,
        ]
        listed.append(dict(zip(names, [*ids, int(counts[row, column])], strict=True)))
    return listed


def dense(
    listed: Iterable[Mapping[str, int]], names: Sequence[str], shape: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Undo :func:`sparse`."""
    counts = np.zeros(shape, np.int64)
    for entry in listed:
        row, column, pixels = (entry[name] for name in names)
        counts[min(row, shape[0] - 1), min(column, shape[1] - 1)] = pixels
    return counts
