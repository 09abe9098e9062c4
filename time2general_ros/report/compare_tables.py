"""The tables of the page of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.report.page import MINUS, Table, figure, signed

if TYPE_CHECKING:
    from collections.abc import Mapping


def changed_table(changes: Mapping[str, Any], steadiness: Mapping[str, Any]) -> Table:
    """Lay out what became of pixels, the recording with most that broke first."""
    rows = [
        (name, changes['recordings'][name], frames)
        for name, frames in steadiness['recordings'].items()
    ]
    rows.sort(key=lambda row: row[1]['net'] or 0.0)
    if len(rows) > 1:
        rows.insert(0, ('all', changes, steadiness))
    return Table(
        (
            'recording',
            f'fixed {MINUS} broken, points',
            'fixed, %',
            'broken, %',
            'other, %',
            'labelled frames',
            'frames steadier in B',
            'less steady',
        ),
        [
            (
                name,
                signed(pixels['net']),
                *(figure(pixels[kind]) for kind in ('fixed', 'broken', 'other')),
                f'{pixels["frames"]:,}',
                f'{frames["steadier"]:,}',
                f'{frames["less_steady"]:,}',
            )
            for name, pixels, frames in rows
        ],
    )


def changed_classes_table(changes: Mapping[str, Any]) -> Table:
    """Lay out what became of the pixels of each true class, those that change most first."""
    return Table(
        (
            'class in the labels',
            f'fixed {MINUS} broken, points',
            'fixed, %',
            'broken, %',
            'pixels',
        ),
        [
            (
                name,
                signed(one['fixed'] - one['broken']),
                figure(one['fixed']),
                figure(one['broken']),
                f'{one["pixels"]:,}',
            )
            for name, one in sorted(
                changes['classes'].items(),
                key=lambda item: -abs(item[1]['fixed'] - item[1]['broken']),
            )
        ],
    )


def facts_of_run(run: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Name what a run is, and its values."""
    model = run['model']
    size = 'x'.join(map(str, model['input_size'] or ()))
    return [
        ('Results', run['path']),
        ('Run', run['run_id']),
        ('Memory', run['memory']),
        ('Model', model['name']),
        ('Engine', f'{model["engine"]}, {model["precision"]}'),
        ('Input, height x width', size),
        ('Written by', run['written_by']),
    ]


def metrics_table(metrics: Mapping[str, Mapping[str, Any]], headings: Mapping[str, str]) -> Table:
    """Lay out the figures of all recordings with their intervals."""
    return Table(
        (
            'figure, %',
            'verdict',
            f'B {MINUS} A',
            'from',
            'to',
            'A',
            'B',
            'could be shown',
            'least that counts',
        ),
        [
            (
                headings[name],
                one['verdict'],
                *(signed(one[key]) for key in ('difference', 'low', 'high')),
                *(figure(one[key]) for key in 'ab'),
                figure(one['detectable']),
                figure(max(one['least'], one['floor'])),
            )
            for name, one in metrics.items()
            if one['a'] is not None or one['b'] is not None
        ],
    )


def tags_table(tags: Mapping[str, Mapping[str, Any]], headings: Mapping[str, str]) -> Table:
    """Lay out the figures of the recordings with each tag; those of classes are in the JSON."""
    return Table(
        ('tag and figure', 'verdict', f'B {MINUS} A', 'from', 'to', 'A', 'B', 'recordings'),
        [
            (
                f'{tag}: {headings[name]}',
                metric['verdict'],
                *(signed(metric[key]) for key in ('difference', 'low', 'high')),
                *(figure(metric[key]) for key in 'ab'),
                len(one['recordings']),
            )
            for tag, one in tags.items()
            for name, metric in one['metrics'].items()
            if metric['difference'] is not None and ':' not in name
        ],
    )


def recordings_table(
    recordings: Mapping[str, Mapping[str, Mapping[str, Any]]], headings: Mapping[str, str]
) -> Table:
    """Lay out the differences of each recording alone, the largest of the first figure first."""
    measured = [
        name
        for name in headings
        if any(figures[name]['difference'] is not None for figures in recordings.values())
    ]
    ordered = sorted(
        recordings.items(), key=lambda one: -abs(one[1][measured[0]]['difference'] or 0.0)
    )
    return Table(
        (f'B {MINUS} A, percentage points', *(headings[name] for name in measured)),
        [
            (name, *(signed(figures[key]['difference']) for key in measured))
            for name, figures in ordered
        ],
    )
