"""The page of a run that learned classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure, write_page
from time2general_ros.report.svg.bars import Bar, bar_plot
from time2general_ros.report.svg.lines import Series, line_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from markupsafe import Markup

TEMPLATE = 'learned.html'
HEIGHT = 220


class Curve(NamedTuple):
    """
    Points of one line, in order.

    :param title: What is drawn; across: what the horizontal axis counts; rule: how it came about.
    """

    title: str
    across: str
    rule: str
    points: Sequence[tuple[float, float]]


def write_learned_page(
    path: Path,
    summary: Mapping[str, Any],
    curves: Sequence[Curve],
    worst: Sequence[Mapping[str, Any]],
) -> None:
    """
    Write the page.

    :param summary: As in ``summary.json``.
    :param worst: Pictures: ``name``, ``miou``, and ``image``, ``labels`` and ``answer`` as
        addresses of pictures.
    :raises ReportError: if the file cannot be written.
    """
    write_page(
        path,
        TEMPLATE,
        title=f'{summary["name"]}: what it learned',
        summary=summary,
        classes=_classes(summary),
        curves=[_plot(curve) for curve in curves],
        worst=worst,
    )


def _classes(summary: Mapping[str, Any]) -> Plot:
    """Draw the IoU of each class, now and before."""
    series = [summary['per_class_iou']]
    legend = ['now']
    if 'before' in summary:
        series.append(summary['before']['per_class_iou'])
        legend.append('before')
    bars = [Bar(name, [one.get(name) for one in series]) for name in summary['per_class_iou']]
    rows = [[bar.name, *(figure(value, digits=1) for value in bar.values)] for bar in bars]
    title = 'IoU by class, %'
    told = f'{title}: ' + ', '.join(f'{row[0]} {row[1]}' for row in rows)
    rule = (
        f'Pooled over {summary["frames"]} held-out frames, void ignored. A class that occurs in '
        'neither truth nor prediction is n/a, not 0.'
    )

    def draw(width: int) -> Markup:
        return bar_plot(bars, width, told, 100.0)

    return Plot(title, drawn(draw), rule, Table(['class', *legend], rows), legend, 'blocks')


def _plot(curve: Curve) -> Plot:
    x, y = (np.array(values, np.float64) for values in zip(*curve.points, strict=True))
    told = f'{curve.title}: from {y[0]:.2f} to {y[-1]:.2f} over {x[-1]:g} {curve.across}'

    def draw(width: int) -> Markup:
        line = Series(curve.title, x, y)
        return line_plot([line], (width, HEIGHT), (curve.across, ''), told)

    rows = [(f'{place:g}', f'{value:.2f}') for place, value in curve.points]
    return Plot(curve.title, drawn(draw), curve.rule, Table([curve.across, curve.title], rows))
