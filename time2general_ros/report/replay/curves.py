"""What happened over time: flicker, and drops, resets and gaps on the same axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure
from time2general_ros.report.svg.lines import Mark, Series, line_plot
from time2general_ros.report.svg.timeline import Lane, timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.report.replay.moments import Moment
    from time2general_ros.report.replay.rows import CameraRows

HEIGHT = 240
TIME = 'seconds from the beginning of the recording'
# Rows of a table under a curve; every frame is in the file of frames.
MOST_ROWS = 100


def curve(
    name: str,
    column: str,
    modes: Mapping[str, CameraRows],
    moments: Sequence[Moment],
    camera: int,
    rule: str,
) -> Plot:
    """
    Draw a figure of every frame over time, with its worst moments.

    :param column: Of the figure.
    :param modes: The rows of each memory mode, the main one first.
    :param camera: Number of the camera on the page, to which marks lead.
    """
    main = next(iter(modes.values()))
    series = [
        Series(
            f'memory {mode}',
            rows.offset_s[rows.segmented],
            rows.figures[column][rows.segmented],
        )
        for mode, rows in modes.items()
    ]
    marks = [
        Mark(
            float(main.offset_s[moment.place]),
            moment.value,
            f'Worst moment {number}: frame {main.frame[moment.place]}, {moment.value:.2f} %',
            f'#moment-{camera}-{number}',
            str(number),
        )
        for number, moment in enumerate(moments, 1)
    ]
    told = f'{name} of each of {len(main)} frames over time'
    drawings = drawn(
        lambda width: line_plot(
            series, (width, HEIGHT), (TIME, f'{name}, %'), told, marks, data_camera=camera
        )
    )
    legend = [one.name for one in series]
    return Plot(f'{name} over time', drawings, rule, stretches(series), legend)


def stretches(series: Sequence[Series]) -> Table:
    """Give the mean and the highest value of equal stretches of time of curves, in percent."""
    begin = min(float(one.x[0]) for one in series if len(one.x))
    end = max(float(one.x[-1]) for one in series if len(one.x))
    length = max(1.0, (end - begin) / MOST_ROWS)
    places = [((one.x - begin) / length).astype(int) for one in series]
    rows = []
    for place in np.unique(np.concatenate(places)).tolist():
        cells = [f'{begin + place * length:.1f}']
        for one, own in zip(series, places, strict=True):
            values = one.y[own == place]
            values = values[~np.isnan(values)]
            cells += [
                figure(float(kind(values)) if len(values) else None) for kind in (np.mean, np.max)
            ]
        rows.append(cells)
    headings = [f'from, s (each {length:.3g} s)']
    headings += [f'{one.name}, {kind} %' for one in series for kind in ('mean', 'highest')]
    return Table(headings, rows)


def events(rows: CameraRows, gaps: Sequence[Mapping[str, Any]]) -> Plot:
    """
    Draw the timeline of a camera.

    :param rows: Of the main memory mode.
    :param gaps: ``gap_list`` of the health.
    """
    lanes = [
        Lane('Images refused', [_at(rows, place, why) for place, why in rows.refused.items()]),
        Lane('Memory resets', [_at(rows, place, why) for place, why in rows.reset.items()]),
        Lane(
            'Gaps in the recording',
            [
                (
                    gap['offset_s'] - gap['seconds'],
                    gap['offset_s'],
                    f'{gap["seconds"]:.3f} s before frame {gap["frame"]}',
                )
                for gap in gaps
            ],
        ),
        Lane('Stamps that stand or step back', _stamps(rows)),
    ]
    first, last = float(rows.offset_s[0]), float(rows.offset_s[-1])
    told = ', '.join(f'{lane.name}: {len(lane.events)}' for lane in lanes)
    drawings = drawn(
        lambda width: timeline(lanes, (first, max(last, first + 1e-3)), width, TIME, told)
    )
    rule = 'On the axis of the flicker above. A gap is a step of more than 1.5 usual ones.'
    listed = sorted((*event, lane.name) for lane in lanes for event in lane.events)
    if len(listed) > MOST_ROWS:
        rule += f' The table has the first {MOST_ROWS} of {len(listed)} events.'
    cells = [[f'{begin:.3f}', name, what] for begin, _, what, name in listed[:MOST_ROWS]]
    return Plot(
        'Drops, resets and gaps', drawings, rule, Table(['time, s', 'what', 'more'], cells)
    )


def _at(rows: CameraRows, place: int, what: str) -> tuple[float, float, str]:
    time_s = float(rows.offset_s[place])
    return time_s, time_s, f'frame {rows.frame[place]}: {what}'


def _stamps(rows: CameraRows) -> list[tuple[float, float, str]]:
    steps = np.diff(rows.stamp_ns)
    is_read = (rows.stamp_ns[1:] > 0) & (rows.stamp_ns[:-1] > 0)
    places = np.flatnonzero((steps <= 0) & is_read & (np.diff(rows.video) == 0))
    return [
        _at(rows, place + 1, 'a step back' if steps[place] else 'the stamp stands')
        for place in places.tolist()
    ]
