"""Two runs over the same recordings: what differs, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.replay.comparison.difference import Difference
from time2general_ros.replay.comparison.pairing import pair
from time2general_ros.replay.evidence.blocks import cut, effective
from time2general_ros.replay.evidence.bootstrap import (
    DRAWS,
    FEWEST_RECORDINGS,
    differences,
    draws,
    interval,
    plan,
)
from time2general_ros.replay.evidence.metrics import SERIES, metric
from time2general_ros.replay.evidence.sums import series, sums_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.replay.comparison.pairing import Pair
    from time2general_ros.replay.comparison.run import Run
    from time2general_ros.replay.evidence.blocks import Blocks
    from time2general_ros.replay.evidence.bootstrap import Plan
    from time2general_ros.replay.evidence.sums import Sums

    # By tag, None standing for all recordings, and by figure.
    Floors = Mapping[str | None, Mapping[str, float]]

# Their correlation decides how long blocks are.
_SHAPING = ('flicker', 'flow_flicker', 'miou')


@dataclass(frozen=True)
class Options:
    """
    How runs are compared.

    :param block_s: Length of a block in seconds; None to choose it.
    :param seed: Of the draws.
    """

    block_s: float | None = None
    draws: int = DRAWS
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """
    The figures of some recordings in two runs.

    :param recordings: By name, the figures a and b of each alone.
    :param effective: How many independent blocks the blocks are worth, by
        :data:`~.evidence.metrics.SERIES`.
    """

    metrics: Mapping[str, Difference]
    recordings: Mapping[str, Mapping[str, tuple[float | None, float | None]]]
    blocks: Blocks
    effective: Mapping[str, float]
    drawn: Plan


@dataclass(frozen=True)
class Comparison:
    """
    What two runs differ in.

    :param whole: Over all recordings.
    :param tags: By name, over the recordings with a tag.
    """

    a: Run
    b: Run
    pair: Pair
    whole: Measured
    tags: Mapping[str, Measured]
    options: Options
    warnings: Sequence[str] = field(default_factory=list)


def compare(a: Run, b: Run, options: Options, floors: Floors) -> Comparison:
    """
    Compare two runs.

    :param floors: By tag, as :func:`floors_of` gives them.
    :raises ReplayError: if they are not of the same frames.
    """
    both = pair(a, b)
    whole = _measured(both, a.classes, options, floors.get(None, {}))
    tags = {
        tag: _measured(both.tagged(tag), a.classes, options, floors.get(tag, {}))
        for tag in sorted(frozenset().union(*both.tags))
    }
    said = [*_warnings(a, b, both, whole.blocks, whole.drawn)]
    return Comparison(a, b, both, whole, tags, options, said)


def floors_of(a: Run, again: Run, options: Options) -> Floors:
    """
    Tell how much each figure differs between two runs of the same.

    :returns: By tag, None standing for all recordings; see :attr:`Difference.floor`.
    """
    compared = compare(a, again, options, {})
    found: dict[str | None, Measured] = {None: compared.whole}
    found.update(compared.tags)
    return {
        tag: {
            name: abs(metric.difference)
            for name, metric in measured.metrics.items()
            if metric.difference is not None
        }
        for tag, measured in found.items()
    }


def _measured(
    both: Pair, classes: Sequence[str], options: Options, floors: Mapping[str, float]
) -> Measured:
    gaps = {name: series(both.b, name) - series(both.a, name) for name in SERIES}
    span_s = max(_longest(table, 'memory_age_s') for table in (both.a, both.b))
    blocks = cut(both, [gaps[name] for name in _SHAPING], span_s, options.block_s)
    sums_a, sums_b = (
        sums_of(table, blocks.of, len(blocks), len(classes)) for table in (both.a, both.b)
    )
    worth = {name: effective(gap, blocks) for name, gap in gaps.items()}
    drawn = plan(blocks)
    found = differences(sums_a, sums_b, classes, draws(blocks, drawn, options.draws, options.seed))
    whole = np.ones((1, len(blocks)))
    first, second = (one.figures(whole, classes) for one in (sums_a, sums_b))
    metrics = {}
    for name, values in found.items():
        one, other = float(first[name][0]), float(second[name][0])
        gap = other - one
        known = metric(name)
        widening = drawn.widening(worth[known.series])
        ends = None if math.isnan(gap) else interval(values, gap, widening)
        metrics[name] = Difference(
            _or_none(one),
            _or_none(other),
            _or_none(gap),
            ends,
            known.least,
            floors.get(name, 0.0),
            known.better,
        )
    alone = _by_recording(both, blocks, sums_a, sums_b, classes)
    return Measured(metrics, alone, blocks, worth, drawn)


def _by_recording(
    both: Pair, blocks: Blocks, a: Sums, b: Sums, classes: Sequence[str]
) -> dict[str, dict[str, tuple[float | None, float | None]]]:
    numbers = np.arange(len(both.names))
    own = (blocks.recording == numbers[:, None]).astype(np.float64)
    first, second = a.figures(own, classes), b.figures(own, classes)
    return {
        name: {
            key: (_or_none(float(first[key][n])), _or_none(float(second[key][n]))) for key in first
        }
        for n, name in enumerate(both.names)
    }


def _warnings(a: Run, b: Run, both: Pair, blocks: Blocks, drawn: Plan) -> list[str]:
    said = []
    count = len(both.names)
    if count < FEWEST_RECORDINGS:
        recordings = 'one recording' if count == 1 else f'{count} recordings'
        said.append(
            f'{recordings}: what is shown holds for what was recorded, not for other roads; '
            f'{FEWEST_RECORDINGS} or more would tell'
        )
    if drawn.widening(len(blocks)) is None:
        said.append(
            f'intervals need more blocks of {blocks.seconds:.3g} s than {len(blocks)}: record more'
        )
    elif blocks.seconds < blocks.wanted * (1 - 1e-9):
        said.append(
            f'blocks of {blocks.seconds:.3g} s are shorter than the {blocks.wanted:.3g} s that '
            'memory and correlation ask for: intervals may be too narrow; record more'
        )
    by_a, by_b = both.alone()
    if by_a or by_b:
        said.append(
            f'live frames were lost: compared are the {int(both.shared.sum())} that both runs '
            f'answered; left out are {by_a} that A alone answered, {by_b} that B alone did, and '
            'pairs of frames across them'
        )
    for run in (a, b):
        if not run.results.get('complete', True):
            partial = run.results.get('partial') or ['it is not complete']
            said.append(f'{run.text} is partial: {partial[0]}')
    return said


def _longest(table: Any, name: str) -> float:
    values = series(table, name)
    values = values[~np.isnan(values)]
    return float(values.max()) if len(values) else 0.0


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
