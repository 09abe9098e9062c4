"""The page of results names all that is written."""

from __future__ import annotations

from pathlib import Path
import re

import pytest
from replay_samples import LABELS, call, results, write_drive

from time2general_ros.replay.figures.rows import SCHEMA

PAGE = Path(__file__).resolve().parents[1] / 'docs' / 'replay.md'

pytestmark = pytest.mark.skipif(
    not PAGE.is_file(), reason='the package is not tested from its source checkout'
)


def words(text: str) -> set[str]:
    return set(re.findall(r'`(\w+)`', text))


def test_every_column_is_described():
    section = PAGE.read_text('utf-8').partition('## frames.parquet')[2]
    assert set(SCHEMA.names) <= words(section)


def test_every_key_of_the_results_is_described(tmp_path):
    bag = write_drive(tmp_path / 'drive.mcap', 4, with_labels=True)
    assert call(bag, '--out', tmp_path / 'out', '--labels', LABELS, '--memory', 'both') == 0
    read = results(tmp_path / 'out')
    (source,) = read['sources']
    (topic,) = source['topics']
    described = words(PAGE.read_text('utf-8'))
    for part in (read, source, topic, topic['health'], read['timing'], read['model']):
        assert part.keys() <= described
    assert read['settings'].keys() <= described
    contract = {'frames_in', 'frames_out', 'bad', 'resets', 'flicker', 'flow_flicker', 'miou'}
    assert contract <= topic.keys()
    assert read['schema'] == 1


def test_what_a_live_node_says_is_described():
    from time2general_ros.replay import live_diagnostics as live

    described = words(PAGE.read_text('utf-8').partition('## Live runs')[2])
    text = PAGE.read_text('utf-8')
    assert {*live._COUNTS, *live._GROUPS, *live._ENGINE, 'latency_ms'} <= described
    assert all(f'"{share}"' in text for share in live._SHARES)
