"""Intervals of the figures of a run: what they hold, and when there are none."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from replay_samples import LABELS, TOPIC, call, results, write_drive

pytest.importorskip('pyarrow')

import pyarrow.parquet as pq

from time2general_ros.replay.figures.rows import table
from time2general_ros.replay.runs.intervals import FIGURES, intervals_of
from time2general_ros.report.replay.figures import worth

CLASSES = ['road', 'sky']
RATE_HZ = 10.0


def waves(count: int, alike: float, seed: int, mean: float = 5.0) -> np.ndarray:
    """Make flicker that is alike from frame to frame."""
    noise = np.random.default_rng(seed).normal(size=count)
    for before, now in pairwise(range(count)):
        noise[now] = alike * noise[before] + np.sqrt(1 - alike**2) * noise[now]
    return mean + noise


def run(
    path: Path, flickers: dict[tuple[str, str], np.ndarray], *, modes: tuple[str, ...] = ('on',)
) -> tuple[Path, dict[str, Any]]:
    """Write the rows of a run whose frames flicker as given, and its results."""
    listed = []
    for source in dict.fromkeys(source for source, _ in flickers):
        own = {topic: values for (name, topic), values in flickers.items() if name == source}
        for index in range(max(map(len, own.values()))):
            for topic, values in own.items():
                for mode in modes if index < len(values) else ():
                    right = int(100 - values[index])
                    pixels = [{'truth': 0, 'prediction': 0, 'pixels': right}]
                    wrong = {'truth': 1, 'prediction': 0, 'pixels': 100 - right}
                    listed.append(
                        {
                            'source': source,
                            'topic': topic,
                            'memory': mode,
                            'video': 0,
                            'offset_s': index / RATE_HZ,
                            'memory_age_s': min(0.5, index / RATE_HZ),
                            'confidence': 50.0,
                            'flow_flicker': values[index] if mode == modes[0] else 50.0,
                            'miou': float(right) / 2,
                            'confusion': [*pixels, wrong],
                            'labelled': True,
                        }
                    )
    # Names are numbered anew in each group of rows.
    pq.write_table(table(listed), path, row_group_size=700)
    scored = {'classes': CLASSES}
    sources = {
        source: [topic for name, topic in flickers if name == source] for source, _ in flickers
    }
    return path, {
        'settings': {'memory': [*modes]},
        'scored': scored,
        'sources': [
            {'name': name, 'topics': [{'topic': topic, 'scored': scored} for topic in topics]}
            for name, topics in sources.items()
        ],
    }


def test_an_interval_holds_the_figure_and_says_how_it_came_about(tmp_path):
    values = waves(2500, 0.5, 0)
    found, together = intervals_of(*run(tmp_path / 'a', {('drive', '/a'): values}))
    (intervals,) = found.values()
    assert together == intervals
    assert intervals.keys() == {*FIGURES}
    flow = intervals['flow_flicker']
    assert flow['low'] < values.mean() < flow['high']
    # About 0.07 for the standard error of an AR(1) series of such a correlation.
    assert 0.1 < flow['high'] - flow['low'] < 0.3
    assert 8 <= flow['effective'] <= flow['blocks'] <= 256
    assert flow['block_s'] >= 0.5
    assert flow['drawn'] == 'blocks'
    shares = np.floor(100 - values).sum() / (100 * len(values))
    assert intervals['miou']['low'] < 50 * shares < intervals['miou']['high']
    assert intervals['flicker'] is None
    assert intervals['tc'] is None


def test_intervals_hold_the_truth_as_often_as_they_say(tmp_path):
    held = 0
    for seed in range(40):
        values = waves(400, 0.7, seed)
        found, _ = intervals_of(*run(tmp_path / 'a', {('drive', '/a'): values}))
        flow = found['drive', '/a']['flow_flicker']
        held += flow['low'] <= 5.0 <= flow['high']
    assert held >= 34


def test_cameras_have_their_own_and_all_together_one(tmp_path):
    flickers = {
        ('one', '/a'): waves(700, 0.5, 1, 4.0),
        ('one', '/b'): waves(800, 0.5, 2, 6.0),
        ('two', '/a'): waves(900, 0.5, 3, 5.0),
    }
    found, together = intervals_of(*run(tmp_path / 'a', flickers, modes=('on', 'off')))
    for key, values in flickers.items():
        alone, _ = intervals_of(*run(tmp_path / 'b', {key: values}))
        assert found[key] == alone[key]
    mean = np.concatenate([*flickers.values()]).mean()
    assert together['flow_flicker']['low'] < mean < together['flow_flicker']['high']


def test_ten_recordings_are_drawn_as_such(tmp_path):
    flickers = {(f'drive{n}', '/a'): waves(150, 0.5, n, 5.0 + n % 5) for n in range(10)}
    found, together = intervals_of(*run(tmp_path / 'a', flickers))
    assert together['flow_flicker']['drawn'] == 'recordings and blocks'
    widths = [one['flow_flicker']['high'] - one['flow_flicker']['low'] for one in found.values()]
    assert together['flow_flicker']['high'] - together['flow_flicker']['low'] > max(widths)


@pytest.mark.parametrize(('count', 'alike'), [(0, 0.0), (1, 0.0), (30, 0.0), (100, 0.98)])
def test_what_is_too_short_has_none(tmp_path, count, alike):
    found, together = intervals_of(
        *run(
            tmp_path / 'a', {('drive', '/a'): waves(count, alike, 0), ('x', '/b'): waves(9, 0, 0)}
        )
    )
    assert found['drive', '/a'] == dict.fromkeys(FIGURES)
    assert together is not None


def test_results_and_page_tell_intervals_and_batch(tmp_path):
    pytest.importorskip('jinja2')
    bag = write_drive(tmp_path / 'drive.mcap', 90, with_labels=True)
    arguments = ['--labels', LABELS, '--topic', TOPIC, '--memory', 'off']
    assert call(bag, '--out', tmp_path / 'out', *arguments) == 0
    held = results(tmp_path / 'out')
    (topic,) = held['sources'][0]['topics']
    assert held['totals']['intervals'] == topic['intervals']
    assert held['timing']['batch'] == 1
    page = (tmp_path / 'out' / 'report.html').read_text('utf-8')
    told = 0
    for key, found in topic['intervals'].items():
        if found:
            assert found['low'] <= topic[key] <= found['high']
            assert f'{found["low"]:.2f} to {found["high"]:.2f} %' in page
            assert f'{found["blocks"]} blocks of {found["block_s"]:.3g} s' in page
            told += 1
    assert told
    assert '1 image a step' in page
    assert call(bag, '--out', tmp_path / 'short', *arguments, '--end', 0.5) == 0
    (topic,) = results(tmp_path / 'short')['sources'][0]['topics']
    assert topic['intervals'] == dict.fromkeys(FIGURES)
    assert 'too short for an interval' in (tmp_path / 'short' / 'report.html').read_text('utf-8')


def test_blocks_are_worth_a_number_of_independent_ones_in_words():
    assert worth(3.25) == 'worth 3.2 independent ones'
    assert worth(0.4) == 'so alike that they are worth less than an independent one'
