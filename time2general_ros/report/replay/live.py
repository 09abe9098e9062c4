"""What a live node said of itself: its losses and its latency."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure
from time2general_ros.report.replay.curves import HEIGHT, TIME
from time2general_ros.report.replay.health import refused
from time2general_ros.report.svg.lines import Series, line_plot
from time2general_ros.report.svg.timeline import Lane, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

_SHARES = ('p50', 'p95', 'p99')
_TRANSPORT = 'lost_in_transport'


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
    Draw the latency over time, and the losses on the same axis.

    :param first_ns: When the recording of the images begins.
    """
    entries = live['latency_ms']
    times = np.array([(entry['time_ns'] - first_ns) / 1e9 for entry in entries])
    series = [
        Series(share, times, np.array([entry[share] for entry in entries], float))
        for share in _SHARES
    ]
    losses = _losses(entries)
    lanes = [*_lanes(times, losses)] or [Lane('Lost images', [])]
    told = 'Latency of the live node over time, milliseconds from image to mask'
    counts = ', '.join(f'{lane.name}: {len(lane.events)}' for lane in lanes)
    span = float(times[0]), max(float(times[-1]), float(times[0]) + 1e-3)

    def draw(width: int) -> Markup:
        curve = line_plot(series, (width, HEIGHT), (TIME, 'latency, ms'), told)
        return Markup('{}{}').format(curve, timeline(lanes, span, width, TIME, counts))

    cells = [
        [
            f'{time:.1f}',
            *(figure(entry[share], '', 1) for share in _SHARES),
            ', '.join(f'{cause} {count}' for cause, count in lost.items()) or '0',
        ]
        for time, entry, lost in zip(times, entries, losses, strict=True)
    ]
    rule = (
        'From the receipt of an image to the mask, as the node said on /diagnostics: percentiles '
        'over the last 5 s, each time that it said so. Below, when images were lost, by cause.'
    )
    headings = ['time, s', *(f'{share}, ms' for share in _SHARES), 'lost since the row above']
    return Plot('Live latency', drawn(draw), rule, Table(headings, cells), list(_SHARES))


def _losses(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    """Tell what was lost since the entry before, by cause."""
    before: Mapping[str, int] = {}
    losses = []
    for entry in entries:
        now = entry['lost']
        more = {cause: count - before.get(cause, 0) for cause, count in now.items()}
        # A node that was started anew counts from zero.
        losses.append({cause: count for cause, count in more.items() if count > 0})
        before = now
    return losses


def _lanes(times: npt.NDArray[np.float64], losses: Sequence[Mapping[str, int]]) -> Iterator[Lane]:
    """Give the stretches of time within which images were lost, by cause."""
    for cause in dict.fromkeys(cause for lost in losses for cause in lost):
        stretches: list[tuple[float, float, int]] = []
        for number, lost in enumerate(losses):
            if cause not in lost:
                continue
            begin, count = float(times[max(number - 1, 0)]), lost[cause]
            if stretches and stretches[-1][1] == begin:
                begin, _, before = stretches.pop()
                count += before
            stretches.append((begin, float(times[number]), count))
        total = sum(count for *_, count in stretches)
        name = 'in transport' if cause == _TRANSPORT else cause
        yield Lane(
            f'{name}: {total} lost; stretches',
            [
                (begin, end, f'{count} within {end - begin:.1f} s')
                for begin, end, count in stretches
            ],
        )
