"""What the figures of a stretch of frames are made of: counts that add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.evaluation.evaluate import WINDOWS
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pyarrow as pa  # type: ignore[import-untyped]

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """
    Sums over the frames of some blocks.

    Figures come from sums of them, never from means of the figures of blocks.

    :param values: One row per block, float64 [N, V].
    :param shapes: Of what is in a row, by name, in order.
    """

    values: Floats
    shapes: Mapping[str, tuple[int, ...]]

    def figures(self, weights: npt.NDArray[Any], classes: Sequence[str]) -> dict[str, Floats]:
        """
        Pool the blocks with some weights.

        :param weights: How often each block is taken, [D, N].
        :returns: Figures in percent by name, float64 [D] each; not a number where there is
            nothing to measure. Those of classes are ``iou:CLASS``.
        """
        pooled = self._parts(np.asarray(weights, np.float64) @ self.values)
        confusion = pooled['confusion']
        hits = np.diagonal(confusion, axis1=1, axis2=2)
        unions = confusion.sum(2) + confusion[:, :, :-1].sum(1) - hits
        by_class = _share(hits, unions)
        flow = pooled['flow'][:, :-1]
        flow_hits = np.diagonal(flow, axis1=1, axis2=2)
        flow_unions = flow.sum(2) + flow[:, :, :-1].sum(1) - flow_hits
        windows = {n: pooled[f'windows{n}'] for n in WINDOWS}
        figures = {
            'flicker': 100.0 - _share(windows[2][:, 0], windows[2][:, 2]),
            'flow_flicker': _share(pooled['flow_flicker'][:, 0], pooled['flow_flicker'][:, 1]),
            'miou': _mean(by_class),
            'boundary_iou': _mean(_share(pooled['hits'], pooled['unions'])),
            'tc': _mean(_share(flow_hits, flow_unions)),
        }
        for n in WINDOWS[1:]:
            figures[f'vc{n}'] = _share(windows[n][:, 0], windows[n][:, 2])
            figures[f'vc{n}_correct'] = _share(windows[n][:, 1], windows[n][:, 2])
        confidence = pooled['confidence']
        figures['confidence'] = _share(confidence[:, 0], 100.0 * confidence[:, 1])
        for index, name in enumerate(classes):
            figures[f'iou:{name}'] = by_class[:, index]
        return figures

    def _parts(self, values: Floats) -> dict[str, Floats]:
        parts, first = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            parts[name] = values[:, first : first + size].reshape(-1, *shape)
            first += size
        return parts


def shapes_of(classes: int) -> dict[str, tuple[int, ...]]:
    """
    Tell what is in a row of sums.

    :param classes: K.
    """
    K = classes
    return {
        'confusion': (K, K + 1),
        'hits': (K,),
        'unions': (K,),
        'flow': (K + 1, K + 1),
        'flow_flicker': (2,),
        **{f'windows{n}': (3,) for n in WINDOWS},
        'confidence': (2,),
    }


def sums_of(frames: pa.Table, blocks: npt.NDArray[np.int64], count: int, classes: int) -> Sums:
    """
    Add up the rows of frames.

    :param frames: Rows of ``frames.parquet``.
    :param blocks: The number of the block of each row, int64 [rows], below ``count``.
    :param classes: K.
    """
    K, shapes = classes, shapes_of(classes)
    sums = {name: np.zeros((count, *shape)) for name, shape in shapes.items()}
    of, entries = entries_of(frames['confusion'], blocks)
    predicted = _ids(entries['prediction'], K)
    np.add.at(sums['confusion'], (of, entries['truth'], predicted), entries['pixels'])
    of, entries = entries_of(frames['boundary'], blocks)
    for name, field in (('hits', 'hits'), ('unions', 'union')):
        np.add.at(sums[name], (of, entries['class']), entries[field])
    of, entries = entries_of(frames['flow_pairs'], blocks)
    before, after = _ids(entries['before'], K), _ids(entries['after'], K)
    np.add.at(sums['flow'], (of, before, after), entries['pixels'])
    of, entries = entries_of(frames['windows'], blocks)
    for n in WINDOWS:
        is_it = entries['length'] == n
        pixels = entries['pixels'][is_it]
        for column, field in enumerate(('constant', 'correct')):
            share = entries[field][is_it] / pixels
            sums[f'windows{n}'][:, column] = np.bincount(of[is_it], share, count)
        sums[f'windows{n}'][:, 2] = np.bincount(of[is_it], minlength=count)
    _add_means(sums['flow_flicker'], frames['flow_flicker'], blocks, 0.01)
    _add_means(sums['confidence'], frames['confidence'], blocks, 1.0)
    return Sums(np.concatenate([part.reshape(count, -1) for part in sums.values()], 1), shapes)


def series(frames: pa.Table, name: str) -> Floats:
    """Return a figure of each frame, float64 [rows]; not a number where it has none."""
    return np.asarray(frames[name].to_numpy(zero_copy_only=False), np.float64)


def entries_of(
    column: pa.ChunkedArray, blocks: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[np.int64]]]:
    """
    Lay out a column of lists.

    :param blocks: The number of the block of each row, int64 [rows].
    :returns: The block of each entry, and the fields of all entries.
    """
    lists = column.combine_chunks()
    lengths = np.asarray(lists.value_lengths().fill_null(0), np.int64)
    entries = lists.flatten()
    fields = {
        field.name: np.asarray(entries.field(index), np.int64)
        for index, field in enumerate(entries.type)
    }
    return np.repeat(blocks, lengths), fields


def _add_means(
    sums: Floats, column: pa.ChunkedArray, blocks: npt.NDArray[np.int64], factor: float
) -> None:
    values = np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
    has_one = ~np.isnan(values)
    of, count = blocks[has_one], len(sums)
    sums[:, 0] += factor * np.bincount(of, values[has_one], count)
    sums[:, 1] += np.bincount(of, minlength=count)


def _ids(ids: npt.NDArray[np.int64], unlabelled: int) -> npt.NDArray[np.int64]:
    return np.where(ids == UNLABELLED, unlabelled, ids)


def _share(part: Floats, whole: Floats) -> Floats:
    """Divide, in percent; not a number where there is nothing."""
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.where(whole > 0, 100.0 * part / whole, np.nan)


def _mean(shares: Floats) -> Floats:
    """Average over the classes that have a value, float64 [D, K] to [D]."""
    has_one = ~np.isnan(shares)
    return np.asarray(_share(np.nansum(shares, 1), 100.0 * has_one.sum(1)))
