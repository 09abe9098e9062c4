"""How sure the figures of a run are: intervals over blocks of time, as of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from time2general_ros.replay.evidence.blocks import FEWEST, cut, effective
from time2general_ros.replay.evidence.bootstrap import DRAWS, draws, interval, plan
from time2general_ros.replay.evidence.metrics import METRICS
from time2general_ros.replay.evidence.sums import Sums, series, shapes_of, sums_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.replay.evidence.blocks import Blocks

    Numbers = npt.NDArray[np.int64]
    Intervals = dict[str, dict[str, Any] | None]

# Those that a page shows first.
FIGURES = ('flow_flicker', 'flicker', 'miou', 'tc')
_SERIES = tuple(dict.fromkeys(METRICS[name].series for name in FIGURES))
_KEYS = ('source', 'topic')
_PLACE = (*_KEYS, 'memory', 'video', 'offset_s', 'memory_age_s')
_COUNTS = ('confusion', 'boundary', 'flow_pairs', 'windows', 'flow_flicker', 'confidence')
# Longer blocks are as good; sums of more would fill memory.
_MOST_BLOCKS, _MOST_SUMS = 256, 1_000_000
_ROWS = 1024
_SEED = 0


@dataclass(frozen=True)
class _Frames:
    """Frames by camera, see :class:`~.evidence.blocks.Timed`."""

    recording: Numbers
    camera: Numbers
    time_s: npt.NDArray[np.float64]


def intervals_of(
    file: Path, results: Mapping[str, Any]
) -> tuple[dict[tuple[str, str], Intervals], Intervals | None]:
    """
    Give the intervals of the main memory mode.

    :param file: ``frames.parquet``, of which little is held at a time.
    :param results: What ``results.json`` beside it is to hold.
    :returns: By source and topic, and of the totals, which may be None as those are; ``intervals``
        in docs/replay.md.
    """
    mode = results['settings']['memory'][0]
    topics = {
        (source['name'], topic['topic']): topic
        for source in results['sources']
        for topic in source['topics']
    }
    rows = _of_mode(pq.read_table(file, columns=[*_PLACE, *_SERIES]), mode)
    camera = np.full(len(rows), -1)
    for number, key in enumerate(topics):
        at = [
            np.asarray(pc.equal(rows[name], value)) for name, value in zip(_KEYS, key, strict=True)
        ]
        camera[np.logical_and(*at)] = number
    groups = [
        _Group(rows.filter(pa.array(camera == number)), topic['scored']['classes'])
        for number, topic in enumerate(topics.values())
    ]
    together = groups[0] if len(groups) == 1 else None
    pooled = []
    if together is None and results['scored'] is not None:
        together = _Group(rows, results['scored']['classes'])
        pooled = [together]
    first = 0
    for batch in pq.ParquetFile(file).iter_batches(_ROWS, columns=['memory', *_COUNTS]):
        part = _of_mode(pa.Table.from_batches([batch]), mode)
        own = camera[first : first + len(part)]
        first += len(part)
        for number in np.unique(own).tolist():
            groups[number].add(part.filter(pa.array(own == number)))
        for group in pooled:
            group.add(part)
    found = dict(zip(topics, (group.intervals for group in groups), strict=True))
    return found, None if together is None else together.intervals


class _Group:
    """
    Sums up the frames of some cameras by blocks, for each series of figures in blocks of its own.

    :param rows: Where and when all frames are, and the figures of each.
    :param classes: Of the figures.
    """

    def __init__(self, rows: pa.Table, classes: Sequence[str]) -> None:
        self._classes = classes
        self._left = len(rows)
        self._met = 0
        self.intervals: Intervals = dict.fromkeys(FIGURES)
        frames, order = _frames(rows)
        span_s = float(np.nan_to_num(series(rows, 'memory_age_s')).max(initial=0.0))
        self._blocks: dict[str, tuple[Blocks, Numbers, float]] = {}
        for name in _SERIES:
            values = series(rows, name)[order]
            if np.isnan(values).all():
                continue
            blocks = self._cut(frames, values, span_s)
            if len(blocks) >= FEWEST and blocks.seconds >= blocks.wanted * (1 - 1e-9):
                of = np.empty_like(blocks.of)
                of[order] = blocks.of
                self._blocks[name] = blocks, of, effective(values, blocks)
        self._sums: dict[str, Sums] = {}

    def add(self, part: pa.Table) -> None:
        """Take the next frames, with their counts."""
        for name, (blocks, of, _) in self._blocks.items():
            own = of[self._met : self._met + len(part)]
            added = sums_of(part, own, len(blocks), len(self._classes))
            before = self._sums.get(name)
            values = added.values if before is None else before.values + added.values
            self._sums[name] = Sums(values, added.shapes)
        self._met += len(part)
        if self._met == self._left:
            for name in self._blocks:
                self._tell(name, self._sums.pop(name))

    def _cut(self, frames: _Frames, values: npt.NDArray[np.float64], span_s: float) -> Blocks:
        blocks = cut(frames, [values], span_s, None)
        size = sum(int(np.prod(shape)) for shape in shapes_of(len(self._classes)).values())
        most = max(_MOST_BLOCKS // 8, min(_MOST_BLOCKS, _MOST_SUMS // size))
        if len(blocks) > most:
            blocks = cut(frames, [values], span_s, blocks.seconds * len(blocks) / most)
        return blocks

    def _tell(self, name: str, sums: Sums) -> None:
        """Draw the figures that go with a series."""
        blocks, _, worth = self._blocks[name]
        drawn = plan(blocks)
        widening = drawn.widening(worth)
        figures = [figure for figure in FIGURES if METRICS[figure].series == name]
        found: dict[str, list[npt.NDArray[np.float64]]] = {figure: [] for figure in figures}
        for some in draws(blocks, drawn, DRAWS, _SEED):
            pooled = sums.figures(some, self._classes)
            for figure in figures:
                found[figure].append(pooled[figure])
        whole = sums.figures(np.ones((1, len(blocks))), self._classes)
        for figure in figures:
            value = float(whole[figure][0])
            ends = interval(np.concatenate(found[figure]), value, widening)
            if ends is None or np.isnan(value):
                continue
            self.intervals[figure] = {
                'low': round(max(ends[0], 0.0), 4),
                'high': round(min(ends[1], 100.0), 4),
                'block_s': round(blocks.seconds, 6),
                'blocks': len(blocks),
                'effective': round(worth, 2),
                'drawn': 'recordings and blocks' if drawn.by_recording else 'blocks',
            }


def _frames(rows: pa.Table) -> tuple[_Frames, Numbers]:
    """Order frames by camera; the second tells which of the rows each is."""
    source, topic = (rows[name].combine_chunks() for name in _KEYS)
    recording = _numbers(source.indices, rows['video'])
    camera = _numbers(source.indices, topic.indices)
    order = np.argsort(camera, kind='stable')
    return _Frames(recording[order], camera[order], series(rows, 'offset_s')[order]), order


def _numbers(first: Any, second: Any) -> Numbers:
    """Give each pair of two columns a number."""
    pairs = np.stack([np.asarray(column, np.int64) for column in (first, second)], 1)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)


def _of_mode(rows: pa.Table, mode: str) -> pa.Table:
    return rows.filter(pc.equal(pc.cast(rows['memory'], pa.string()), mode))
