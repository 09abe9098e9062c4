"""The page of a fleet: how recordings differ, the worst first."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup
import numpy as np

from time2general_ros.report.page import Plot, Table, drawn, figure, signed, write_page
from time2general_ros.report.svg.bars import binned, histogram
from time2general_ros.report.svg.scale import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PAGE = 'index.html'
# All others are in the tables beside the page. Of each tag some are there, however many are worse.
SHOWN, SHOWN_OF_TAG = 500, 50
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
    shown = _shown(good)
    write_page(
        out / PAGE,
        'fleet.html',
        title=f'Fleet of {len(rows)} recordings',
        counts=fleet['counts'],
        total=len(rows),
        cards=_cards(fleet, good),
        plots=[_spread(name, good) for name in _TITLES if _values(name, good).size],
        worst=_table(shown, with_tags=bool(fleet['tags'])),
        left_out=len(good) - len(shown),
        tags=[(tag, sum(tag in row['tags'] for row in shown)) for tag in fleet['tags']],
        by_tag=_by_tag(fleet['tags']),
        rule=fleet['outlier_rule'],
        outlying=sum(bool(row['outliers']) for row in good),
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


def _shown(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Take the worst recordings, and the worst of each tag."""
    taken, of_tag = [], Counter[str]()
    for place, row in enumerate(rows):
        if place < SHOWN or any(of_tag[tag] < SHOWN_OF_TAG for tag in row['tags']):
            taken.append(row)
            of_tag.update(row['tags'])
    return taken


def _table(rows: Sequence[Mapping[str, Any]], *, with_tags: bool) -> Table:
    measured = [name for name in _TITLES if _values(name, rows).size]
    return Table(
        (
            'recording',
            *(f'{_TITLES[name]}, %' for name in measured),
            'stands out',
            *(('tags',) if with_tags else ()),
            'images',
            'video, s',
            'work, s',
            'state',
            'source',
        ),
        [
            (
                _link(row),
                *(figure(row[name]) for name in measured),
                '; '.join(map(_standing_out, row['outliers'])),
                *((_tags(row),) if with_tags else ()),
                f'{row["frames_in"]:,}',
                figure(row['video_s'], digits=1),
                figure(row['seconds'], digits=1),
                row['status'],
                row['source'],
            )
            for row in rows
        ],
    )


def _tags(row: Mapping[str, Any]) -> Markup:
    """Write the tags of a recording so that the filter of the page finds them."""
    one = Markup('<span data-tag="{0}">{0}</span>')
    return Markup(', ').join(one.format(tag) for tag in row['tags'])


def _standing_out(entry: Mapping[str, Any]) -> str:
    side = 'high' if entry['score'] > 0 else 'low'
    among = f' for {entry["tag"]}' if entry['tag'] else ''
    return f'{_TITLES[entry["figure"]]} {side}{among} ({signed(entry["score"])})'


def _by_tag(tags: Mapping[str, Any]) -> Table:
    return Table(
        ('tag', *(f'{title}, %' for title in _TITLES.values()), 'recordings', 'failed'),
        [
            (
                tag,
                *(figure((one['totals'] or {}).get(name)) for name in _TITLES),
                f'{sum(one["counts"].values()):,}',
                f'{one["counts"]["failed"]:,}',
            )
            for tag, one in tags.items()
        ],
    )


def _link(row: Mapping[str, Any]) -> Markup:
    return Markup('<a href="{}">{}</a>').format(f'{quote(row["folder"])}/report.html', row['name'])
