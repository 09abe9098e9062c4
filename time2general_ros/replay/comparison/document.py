"""A comparison as JSON; docs/compare.md is its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.replay.evidence.bootstrap import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.replay.comparison.compare import Comparison, Measured
    from time2general_ros.replay.comparison.difference import Difference
    from time2general_ros.replay.comparison.run import Run

SCHEMA_VERSION = 1
NO_TIMING = (
    'times of different jobs are not compared, since the machine differs more than the runs; '
    'measure in turns inside one job: time2general bench'
)


def document(
    comparisons: Sequence[Comparison],
    judged: Sequence[Mapping[str, str]],
    changed: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """
    Describe comparisons with one baseline.

    :param judged: For each of them the limits by their text, and what became of them.
    :param changed: For each of them what :func:`.changes_document.changes_document` says.
    """
    first, *others = [
        {**_described(one, limits), **changes}
        for one, limits, changes in zip(comparisons, judged, changed, strict=True)
    ]
    return {
        'schema': SCHEMA_VERSION,
        'baseline': _run(comparisons[0].a),
        'confidence': 100 * CONFIDENCE,
        'timing': NO_TIMING,
        **first,
        'others': others,
    }


def _described(compared: Comparison, limits: Mapping[str, str]) -> dict[str, Any]:
    whole = compared.whole
    return {
        'run': _run(compared.b),
        'metrics': _metrics(whole),
        'recordings': {
            name: {
                key: {'a': _rounded(a), 'b': _rounded(b), 'difference': _gap(a, b)}
                for key, (a, b) in figures.items()
            }
            for name, figures in whole.recordings.items()
        },
        'tags': {
            tag: {'recordings': [*measured.recordings], 'metrics': _metrics(measured)}
            for tag, measured in compared.tags.items()
        },
        'frames': int(compared.pair.shared.sum()),
        'left_out': dict(zip('ab', compared.pair.alone(), strict=True)),
        'blocks': {
            'seconds': round(whole.blocks.seconds, 6),
            'count': len(whole.blocks),
            'effective': {name: round(n, 2) for name, n in whole.effective.items()},
            'drawn': 'recordings and blocks' if whole.drawn.by_recording else 'blocks',
            'draws': compared.options.draws,
            'seed': compared.options.seed,
        },
        'limits': dict(limits),
        'warnings': [*compared.warnings],
    }


def _metrics(measured: Measured) -> dict[str, Any]:
    return {name: _metric(one) for name, one in measured.metrics.items()}


def _run(run: Run) -> dict[str, Any]:
    model = run.results['model']
    names = ('name', 'engine', 'precision', 'input_size')
    return {
        'path': run.text,
        'memory': run.mode,
        'run_id': run.results['run_id'],
        'model': {name: model.get(name) for name in names},
        'written_by': run.results.get('written_by'),
    }


def _metric(one: Difference) -> dict[str, Any]:
    low, high = one.interval or (None, None)
    return {
        'a': _rounded(one.a),
        'b': _rounded(one.b),
        'difference': _rounded(one.difference),
        'low': _rounded(low),
        'high': _rounded(high),
        'detectable': _rounded(one.detectable),
        'least': one.least,
        'floor': _rounded(one.floor),
        'verdict': one.verdict,
    }


def _gap(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else _rounded(b - a)


def _rounded(value: float | None) -> float | None:
    # The sum does away with a zero that is below zero.
    return None if value is None else round(value, 4) + 0.0
