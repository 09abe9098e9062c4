"""Tags of recordings: where they are written, who is like whom, and the page they filter."""

from __future__ import annotations

import json
from pathlib import Path
import re
from typing import Any

from chromium import comes, opened
import pytest

pytest.importorskip('jinja2')

import pyarrow.parquet as pq

from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.fleet.job import Outcome, PoolOptions, Status
from time2general_ros.replay.fleet.ledger import Ledger, Record
from time2general_ros.replay.fleet.listing import Listed, listed
from time2general_ros.replay.fleet.outliers import outliers
from time2general_ros.replay.fleet.summary import write_summary
from time2general_ros.replay.fleet.worker import FIGURES
from time2general_ros.report.fleet_page import write_fleet_page


def tags_of(*words: str) -> dict[str, tuple[str, ...]]:
    return {Path(one.source).name: one.tags for one in listed(words)}


def test_tags_stand_behind_recordings_patterns_and_lists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('a.mcap', 'b.mcap', 'a b.mcap', 'odd tag=x.mcap'):
        (tmp_path / name).touch()
    assert tags_of('a.mcap tag=night', 'b.mcap') == {'a.mcap': ('night',), 'b.mcap': ()}
    assert tags_of('?.mcap tag=rain,night') == dict.fromkeys(
        ('a.mcap', 'b.mcap'), ('night', 'rain')
    )
    # Named twice, in whatever spelling, it has the tags of both.
    assert tags_of('?.mcap tag=day', './b.mcap   tag=rain')['b.mcap'] == ('day', 'rain')
    assert tags_of('a b.mcap tag=x:1') == {'a b.mcap': ('x:1',)}
    # A file of that name is that file.
    assert tags_of('odd tag=x.mcap') == {'odd tag=x.mcap': ()}
    assert tags_of('odd tag=x.mcap tag=day') == {'odd tag=x.mcap': ('day',)}
    (tmp_path / 'list.txt').write_text('a.mcap tag=night\nb.mcap\n')
    assert tags_of('list.txt tag=2026') == {'a.mcap': ('2026', 'night'), 'b.mcap': ('2026',)}


@pytest.mark.parametrize(
    'tags',
    ['', 'night,', ',', '-night', 'a/b', 'n\u00e4cht', 'night, dry', 'night dry', 'a # remark'],
)
def test_what_is_no_tag_is_refused(tags):
    with pytest.raises(ReplayError, match=r'is no tag; give letters, digits'):
        listed([f'a.mcap tag={tags}'])


@pytest.mark.parametrize('suffix', ['tags=night', 'TAG=night', 'tag =night', 'tag=a tag=b'])
def test_what_only_looks_like_tags_is_no_part_of_a_name(suffix):
    with pytest.raises(ReplayError, match='tag=night,rain'):
        listed([f'a.mcap {suffix}'])


def test_parts_of_a_split_bag_share_their_tags(tmp_path):
    (tmp_path / 'split').mkdir()
    (tmp_path / 'split' / 'metadata.yaml').touch()
    for number in range(2):
        (tmp_path / 'split' / f'split_{number}.mcap').touch()
    parts = [f'{tmp_path}/split/split_{n}.mcap tag={tag}' for n, tag in ((0, 'dry'), (1, 'day'))]
    assert tags_of(*parts) == {'split': ('day', 'dry')}


def test_a_list_may_begin_with_a_byte_order_mark(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'list.txt').write_text('a.mcap tag=night\r\nb.mcap\r\n', 'utf-8-sig')
    assert tags_of('list.txt') == {'a.mcap': ('night',), 'b.mcap': ()}


def test_another_tag_is_no_other_work(tmp_path):
    ledger = Ledger(tmp_path / 'out')
    with ledger.locked():
        (record,) = ledger.open([Listed('a.mcap', 5, 7, ('night',))])
        record.outcome, record.key = Outcome(Status.FAILED, 'torn'), 'key'
        ledger.write(record)
        (record,) = ledger.open([Listed('a.mcap', 5, 7, ('day', 'dry'))])
        assert record.outcome is not None
        assert record.listed.tags == ('day', 'dry')
        assert ledger.is_settled(record, 'key', retry=False)
        (record,) = ledger.open([Listed('a.mcap', 6, 7, ('night',))])
        assert record.outcome is None


def row(flicker: float | None, *tags: str) -> dict[str, Any]:
    figures = dict.fromkeys(('flicker', 'miou', 'confidence'))
    return {'flow_flicker': flicker, 'tags': [*tags], **figures}


def test_a_recording_is_held_against_those_like_it():
    night = [row(8.0 + 0.1 * n, 'night') for n in range(8)]
    day = [row(2.0 + 0.1 * n, 'day') for n in range(8)]
    # As a day this is far out; among all it would be in the middle.
    odd, both = row(7.0, 'day'), row(8.2, 'day', 'night')
    found = outliers([*night, *day, odd, both, row(None, 'day'), row(99.0)])
    assert [number for number, entries in enumerate(found) if entries] == [16, 17]
    assert found[16] == [
        {'figure': 'flow_flicker', 'tag': 'day', 'score': pytest.approx(12.28, 0.01)}
    ]
    assert [entry['tag'] for entry in found[17]] == ['day']
    # Without tags all are alike; too few, or no spread, tell nothing.
    assert outliers([row(1.0 + 0.1 * n) for n in range(9)] + [row(0.0)])[9][0]['score'] < -3.5
    assert not any(outliers([row(1.0 + 0.1 * n) for n in range(6)] + [row(99.0)]))
    assert not any(outliers([row(1.0) for _ in range(9)] + [row(99.0)]))


def fleet_page(out: Path) -> dict[str, Any]:
    out.mkdir()
    records = [
        Record(
            f'{tag}{number}',
            Listed(f'bags/{tag}{number}.mcap', 1000, 1, (tag, f'{tag}s') if number else (tag,)),
            'key',
            Outcome(
                Status.DONE,
                frames_in=10,
                frames_out=10,
                figures={'flow_flicker': base + 0.1 * number + 9.0 * (number == 8)},
                video_s=1.0,
                seconds=2.0,
            ),
        )
        for tag, base in (('night', 8.0), ('day', 2.0))
        for number in range(9)
    ]
    records.append(Record('bad', Listed('bad.mcap', tags=('day',)), 'key', Outcome(Status.FAILED)))
    fleet = write_summary(out, records, PoolOptions(1), 5.0, len(records))
    write_fleet_page(out, fleet)
    return fleet


def test_tags_and_outliers_are_in_the_table_and_in_the_json(tmp_path):
    out = tmp_path / 'out'
    fleet = fleet_page(out)
    assert json.loads((out / 'fleet.json').read_text()) == fleet
    rows = pq.read_table(out / 'recordings.parquet').to_pylist()
    assert rows == fleet['recordings']
    assert fleet['tags'].keys() == {'day', 'days', 'night', 'nights'}
    assert fleet['tags']['day']['counts'] == {'done': 9, 'partial': 0, 'failed': 1}
    odd = {row['name']: {one['tag'] for one in row['outliers']} for row in rows if row['outliers']}
    assert odd == {'day8': {'day', 'days'}, 'night8': {'night', 'nights'}}


def test_every_key_of_a_fleet_is_described(tmp_path):
    page = Path(__file__).resolve().parents[1] / 'docs' / 'fleet.md'
    if not page.is_file():
        pytest.skip('the package is not tested from its source checkout')
    described = set(re.findall(r'`(\w+)`', page.read_text('utf-8')))
    fleet = fleet_page(tmp_path / 'out')
    figures = {*FIGURES}
    assert fleet.keys() - {'schema', 'written_by'} <= described
    assert fleet['outlier_rule'].keys() <= described
    assert set().union(*fleet['recordings']) - figures <= described


@pytest.mark.parametrize('width', [1280, 400])
def test_the_page_shows_recordings_with_a_tag_alone(tmp_path, width):
    fleet_page(tmp_path / 'out')
    page_file = tmp_path / 'out' / 'index.html'
    with opened(page_file, width) as page:

        def names() -> set[str]:
            shown = page.locator('#worst-table tbody tr:not([hidden]) th').all_inner_texts()
            return {name.strip('0123456789') for name in shown}

        everything = page.get_by_role('button', name='all (18)')
        assert names() == {'day', 'night'}
        page.get_by_role('button', name='day (9)').click()
        assert comes(page, lambda: names() == {'day'})
        assert everything.get_attribute('aria-pressed') == 'false'
        told = '9 of 18 recordings: those with the tag day'
        assert page.locator('#filtered').inner_text() == told
        everything.press('Enter')
        assert comes(page, lambda: names() == {'day', 'night'})
        assert page.locator('#filtered').inner_text() == ''
        page.goto(f'{page_file.as_uri()}#tag=nights')
        page.reload()
        assert comes(page, lambda: names() == {'night'})
        first = page.locator('#worst-table tbody tr').first.inner_text()
        assert 'Flow flicker high for night (+' in first
        assert page.evaluate('document.documentElement.scrollWidth') == width
