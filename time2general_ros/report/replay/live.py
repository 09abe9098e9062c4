"""What a live node said of itself: its losses and its latency."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure
from time2general_ros.report.replay.curves import HEIGHT, TIME
from time2general_ros.report.replay.health import refused
from time2general_ros.report.svg.lines import Series, line_plot

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHARES = ('p50', 'p95', 'p99')


def live_facts(live: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List what became of the images, and how long answers took."""
    facts = [
        ('Images that arrived', f'{live["frames_in"]:,}'),
        ('Masks published', f'{live["frames_out"]:,}'),
        ('Dropped by cause', refused(live['dropped']) or 'none'),
        ('Bad messages', refused(live['bad_messages']) or 'none'),
        ('Lost in transport', f'{live["lost_in_transport"]:,}'),
        ('Memory resets', refused(live['resets']) or 'none'),
    ]
    for share in _SHARES:
        values = [entry[share] for entry in live['latency_ms'] if entry[share] is not None]
        told = figure(median(values), 'ms', 1) if values else figure(None)
        if len(values) > 1:
            told += f', in the worst 5 s {figure(max(values), "ms", 1)}'
        facts.append((f'Latency, {share}', told))
    return facts


def latency_curve(live: Mapping[str, Any], first_ns: int) -> Plot:
    """
    Draw the latency over time.

    :param first_ns: When the recording of the images begins.
    """
    entries = live['latency_ms']
    times = np.array([(entry['time_ns'] - first_ns) / 1e9 for entry in entries])
    series = [
        Series(share, times, np.array([entry[share] for entry in entries], float))
        for share in _SHARES
    ]
    told = 'Latency of the live node over time, milliseconds from image to mask'
    drawings = drawn(lambda width: line_plot(series, (width, HEIGHT), (TIME, 'latency, ms'), told))
    cells = [
        [f'{time:.1f}', *(figure(entry[share], '', 1) for share in _SHARES)]
        for time, entry in zip(times, entries, strict=True)
    ]
    rule = (
        'From the receipt of an image to the mask, as the node said on /diagnostics: percentiles '
        'over the last 5 s, each time that it said so.'
    )
    table = Table(['time, s', *(f'{share}, ms' for share in _SHARES)], cells)
    return Plot('Live latency', drawings, rule, table, list(_SHARES))
