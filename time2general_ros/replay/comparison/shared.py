"""Live runs, which lose frames: what is left where both runs answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from time2general_ros.replay.figures.rows import SCHEMA

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

_OF_A_FRAME = ('confidence', 'class_pixels', 'miou', 'confusion', 'boundary')
_OF_A_FLOW = ('flow_flicker', 'flow_pixels', 'flow_changed', 'flow_pairs')
_NO = pa.scalar(False)
_OF_LABELS = ('flicker', 'stable_pixels', 'changed_pixels')


def answered(table: pa.Table) -> Flags:
    """Tell which frames have a mask, bool [rows]."""
    return np.asarray(table['refused'].is_null(), np.bool_)


def keep_shared(a: pa.Table, b: pa.Table) -> tuple[pa.Table, pa.Table]:
    """
    Empty the figures of frames that one run alone answered, and those that reach across one.

    A pair of frames, or a window of labelled ones, is kept if it is of the same frames in both:
    after a loss the frame before is another, further away, and more of it has changed.

    :param a: Rows of the same images in the same order, by camera and time; b: alike.
    """
    shared, either = answered(a) & answered(b), answered(a) | answered(b)
    labelled = [np.asarray(pc.fill_null(table['labelled'], _NO), np.bool_) for table in (a, b)]
    in_row = _run_lengths(shared, either)
    in_labelled = _run_lengths(labelled[0] & labelled[1], labelled[0] | labelled[1])
    kept = [_kept(table, shared, in_row, in_labelled) for table in (a, b)]
    return kept[0], kept[1]


def _run_lengths(shared: Flags, counted: Flags) -> npt.NDArray[np.int64]:
    """Count the shared frames in a row that end with each, where only some frames count."""
    lengths = np.zeros(len(shared), np.int64)
    places = np.flatnonzero(counted)
    numbers = np.arange(1, len(places) + 1)
    lost = np.where(shared[places], 0, numbers)
    lengths[places] = numbers - np.maximum.accumulate(lost)
    return lengths


def _kept(
    table: pa.Table,
    shared: Flags,
    in_row: npt.NDArray[np.int64],
    in_labelled: npt.NDArray[np.int64],
) -> pa.Table:
    flags = {
        **dict.fromkeys(_OF_A_FRAME, shared),
        **dict.fromkeys(_OF_A_FLOW, in_row >= 2),
        **dict.fromkeys(_OF_LABELS, in_labelled >= 2),
    }
    for name, keep in flags.items():
        column = table[name].combine_chunks()
        emptied = pc.if_else(pa.array(keep), column, pa.scalar(None, column.type))
        table = table.set_column(table.column_names.index(name), name, emptied)
    labelled = pc.and_(pc.fill_null(table['labelled'], _NO), pa.array(shared))
    table = table.set_column(table.column_names.index('labelled'), 'labelled', labelled)
    windows = [
        None if listed is None else [one for one in listed if one['length'] <= length]
        for listed, length in zip(table['windows'].to_pylist(), in_labelled.tolist(), strict=True)
    ]
    kind = SCHEMA.field('windows').type
    place = table.column_names.index('windows')
    return table.set_column(place, 'windows', pa.array(windows, kind))
