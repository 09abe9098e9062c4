"""What frames cost."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure
from time2general_ros.report.svg.bars import Bar, bar_plot, binned, histogram
from time2general_ros.report.svg.scale import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from time2general_ros.report.replay.rows import Floats

_WARM_UP = 10
_KINDS = ('p50', 'p95', 'p99', 'max')


def latency_plot(answer_ms: Floats, machine: str) -> Plot | None:
    """
    Draw how long frames took from image to mask.

    :param answer_ms: Of each frame [N]; NaN where nobody measured it.
    :param machine: Where.
    :returns: None if there are no times.
    """
    values = answer_ms[~np.isnan(answer_ms)][_WARM_UP:]
    if not len(values):
        return None
    marks = [(float(np.percentile(values, share)), f'p{share}') for share in (50, 95, 99)]
    told = ', '.join(f'{name} {value:.1f} ms' for value, name in marks)
    told = f'Time from decoded image to mask over {len(values)} frames: {told}'
    drawings = drawn(
        lambda width: histogram(values, (width, 220), ('milliseconds', 'frames'), told, marks)
    )
    edges, counts = binned(values)
    counted = [
        [f'{written(left)} to {written(right)}', count]
        for (left, right), count in zip(pairwise(edges), counts, strict=True)
        if count
    ]
    rule = (
        f'{told}, without the first {_WARM_UP}. Measured in a replay on {machine}: stages of '
        'several frames overlap: no latency of a vehicle. The last bar holds all beyond.'
    )
    return Plot('Time from image to mask', drawings, rule, Table(['ms', 'frames'], counted))


def stage_plot(timing: Mapping[str, Any]) -> Plot:
    """Draw how long each stage took."""
    stages = {name: times for name, times in timing['stages'].items() if times}
    bars = [Bar(name, [times['p50'], times['p95']]) for name, times in stages.items()]
    told = ', '.join(f'{bar.name} {figure(bar.values[0], "ms", 1)}' for bar in bars)
    drawings = drawn(lambda width: bar_plot(bars, width, f'Median time of each stage: {told}'))
    table = Table(
        ['stage', 'mean, ms', *(f'{kind}, ms' for kind in _KINDS)],
        [
            [name, *(figure(times[kind]) for kind in ('mean', *_KINDS))]
            for name, times in stages.items()
        ],
    )
    rule = (
        f'All cameras, main memory mode, without the first {_WARM_UP} frames, on '
        f'{timing["machine"]}. Stages overlap: their sum is no latency.'
    )
    return Plot('Times of the stages, ms', drawings, rule, table, ['p50', 'p95'], 'blocks')
