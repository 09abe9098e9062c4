"""Plots: what is drawn, what is kept of long curves, and what cannot break out of them."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

pytest.importorskip('markupsafe')

from time2general_ros.report.svg.bars import Bar, bar_plot, binned, histogram
from time2general_ros.report.svg.lines import Mark, Series, line_plot
from time2general_ros.report.svg.matrix import matrix_plot
from time2general_ros.report.svg.scale import Scale, top_of
from time2general_ros.report.svg.thinning import thinned
from time2general_ros.report.svg.timeline import Lane, timeline

EVIL = '</title><script>alert(1)</script>&"'


def test_every_peak_outlives_thinning():
    x, y = np.arange(18_000.0), np.ones(18_000)
    y[7_001], y[12_345], y[500:700] = 90.0, 0.0, np.nan
    x_kept, y_kept = thinned(x, y, 900)
    assert len(x_kept) < 2_000
    kept = {*zip(x_kept.tolist(), y_kept.tolist(), strict=True)}
    assert {(7001.0, 90.0), (12_345.0, 0.0)} <= kept
    assert np.isnan(y_kept).any()
    assert (np.diff(x_kept) > 0).all()


@given(
    st.lists(st.floats(0, 100) | st.just(math.nan), min_size=1, max_size=300), st.integers(1, 40)
)
def test_thinning_keeps_the_range_of_any_curve(values, columns):
    y = np.array(values)
    kept = thinned(np.arange(float(len(y))), y, columns)[1]
    had, has = (some[~np.isnan(some)] for some in (y, kept))
    assert len(had) == 0 or (had.min(), had.max()) == (has.min(), has.max())


def test_numbers_beside_axes_are_round():
    assert Scale(0, 10, 0, 100).ticks(5) == [0, 2, 4, 6, 8, 10]
    assert Scale(3, 3, 0, 100).ticks(5) == [3]
    assert (top_of([]), top_of([0.0]), top_of([7.3])) == (1.0, 1.0, 8.0)


def test_bins_hold_every_value_and_the_last_all_beyond():
    edges, counts = binned(np.array([*range(1000), 1e6]))
    assert sum(counts) == 1001
    assert edges[-1] < 2000
    assert binned(np.array([])) == ([0.0, 1.0], [0])
    assert sum(binned(np.array([5.0, 5.0]))[1]) == 2


def test_plots_are_xml_that_names_cannot_break():
    size, labels = (340, 200), (EVIL, EVIL)
    series = [Series(EVIL, np.arange(3.0), np.array([1.0, np.nan, 3.0]))]
    marks = [Mark(2.0, 3.0, EVIL, '#there', '1')]
    for plot in (
        line_plot(series, size, labels, EVIL, marks),
        line_plot([Series('', np.array([]), np.array([]))], size, labels, ''),
        bar_plot([Bar(EVIL, [1.0, None])], 340, EVIL),
        bar_plot([], 340, ''),
        histogram(np.array([1.0, 2.0]), size, labels, EVIL, [(1.5, EVIL)]),
        matrix_plot([[50.0, None]], ([EVIL], [EVIL, EVIL]), 340, EVIL),
        timeline([Lane(EVIL, [(0.0, 1.0, EVIL)])], (0.0, 2.0), 340, EVIL, EVIL),
    ):
        tree = ElementTree.fromstring(plot)
        assert not [one for one in tree.iter() if 'script' in one.tag]
        assert 'aria-label' in tree.attrib


def test_what_was_not_measured_is_no_bar_of_length_zero():
    plot = bar_plot([Bar('road', [None])], 340, 'IoU')
    assert '<rect' not in plot
    assert 'n/a' in plot


def test_events_that_fall_together_say_how_many_they_are():
    events = [(n / 1000, n / 1000, f'drop {n}') for n in range(500)]
    plot = timeline([Lane('Drops', events)], (0.0, 1000.0), 340, 'time', 'drops')
    assert plot.count('class="event') == 1
    assert '500 events, first: drop 0' in plot
    assert 'Drops: 500' in plot
