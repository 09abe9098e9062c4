"""The page of a fleet: how recordings differ, the worst first."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup
import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure, write_page
from time2general_ros.report.svg.bars import binned, histogram
from time2general_ros.report.svg.scale import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PAGE = 'index.html'
# All others are in the tables beside the page.
SHOWN = 500
_TITLES = {
    'flow_flicker': 'Flow flicker',
    'flicker': 'Flicker against labels',
    'miou': 'mIoU',
    'confidence': 'Confidence',
}
_RULE = (
    'One value for each recording that has one, a recording counting once whatever its length. '
    'The last bar holds all beyond the 99.5th percentile.'
)


def write_fleet_page(out: Path, fleet: Mapping[str, Any]) -> None:
    """
    Write the page of a fleet into its folder.

    :param fleet: What ``fleet.json`` holds.
    :raises ReportError: if it cannot be written.
    """
    rows = fleet['recordings']
    good = [row for row in rows if row['status'] != 'failed']
    write_page(
        out / PAGE,
        'fleet.html',
        title=f'Fleet of {len(rows)} recordings',
        counts=fleet['counts'],
        total=len(rows),
        cards=_cards(fleet, good),
        plots=[_spread(name, good) for name in _TITLES if _values(name, good).size],
        worst=_table(good[:SHOWN]),
        left_out=max(0, len(good) - SHOWN),
        bad=[f'{row["status"]}: {told(row)}' for row in rows if row['status'] != 'done'][:SHOWN],
        timing=fleet['timing'],
    )


def told(row: Mapping[str, Any]) -> str:
    """Say what is wrong with a recording; most reasons name it themselves."""
    source, reason = row['source'], str(row['reason'])
    return reason if source in reason else f'{source}: {reason}'


def _cards(
    fleet: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, str]]:
    totals, timing = fleet['totals'] or {}, fleet['timing']
    hours = sum(row['video_s'] for row in rows) / 3600
    cost = timing['worker_s_per_video_hour']
    return [
        ('Images', f'{sum(row["frames_in"] for row in rows):,}', f'{hours:.2f} hours of video'),
        *(
            (title, figure(totals[name], '%'), 'all frames pooled')
            for name, title in _TITLES.items()
            if totals.get(name) is not None
        ),
        (
            'Cost of an hour of video',
            figure(None if cost is None else cost / 3600),
            'hours of one worker',
        ),
    ]


def _spread(name: str, rows: Sequence[Mapping[str, Any]]) -> Plot:
    values = _values(name, rows)
    edges, counts = binned(values)
    title = _TITLES[name]
    median = float(np.median(values))
    described = (
        f'{title} of {len(values)} recordings: from {values.min():.2f} to {values.max():.2f} %, '
        f'median {median:.2f} %'
    )
    return Plot(
        f'{title} over the recordings, %',
        drawn(
            lambda width: histogram(
                values, (width, 220), ('%', 'recordings'), described, [(median, 'median')]
            )
        ),
        f'{described}. {_RULE}',
        Table(
            ('from', 'to', 'recordings'),
            [
                (written(low), written(high), count)
                for (low, high), count in zip(pairwise(edges), counts, strict=True)
            ],
        ),
    )


def _values(name: str, rows: Sequence[Mapping[str, Any]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([row[name] for row in rows if row[name] is not None], np.float64)


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    headings = ('recording', *(f'{title}, %' for title in _TITLES.values()))
    return Table(
        (*headings, 'images', 'video, s', 'work, s', 'state', 'source'),
        [
            (
                _link(row),
                *(figure(row[name]) for name in _TITLES),
                f'{row["frames_in"]:,}',
                figure(row['video_s'], digits=1),
                figure(row['seconds'], digits=1),
                row['status'],
                row['source'],
            )
            for row in rows
        ],
    )


def _link(row: Mapping[str, Any]) -> Markup:
    return Markup('<a href="{}">{}</a>').format(f'{quote(row["folder"])}/report.html', row['name'])
