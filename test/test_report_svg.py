"""Plots: what is drawn, what is kept of long curves, and what cannot break out of them."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
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
    points = [(float(i), 1.0) for i in range(18_000)]
    points[7_001] = (7001.0, 90.0)
    points[12_345] = (12_345.0, 0.0)
    points[500:700] = [(float(i), None) for i in range(500, 700)]
    kept = thinned(points, 900)
    assert len(kept) < 2_000
    assert {(7001.0, 90.0), (12_345.0, 0.0)} <= {*kept}
    assert any(y is None for _, y in kept)
    assert kept == sorted(kept, key=lambda point: point[0])


@given(st.lists(st.floats(0, 100) | st.none(), max_size=300), st.integers(1, 40))
def test_thinning_keeps_the_range_of_any_curve(values, columns):
    points = [(float(n), value) for n, value in enumerate(values)]
    kept = thinned(points, columns)
    assert {*kept} <= {*points}
    had, has = ([y for _, y in some if y is not None] for some in (points, kept))
    assert (min(had, default=0), max(had, default=0)) == (min(has, default=0), max(has, default=0))


def test_numbers_beside_axes_are_round():
    assert Scale(0, 10, 0, 100).ticks(5) == [0, 2, 4, 6, 8, 10]
    assert Scale(3, 3, 0, 100).ticks(5) == [3]
    assert (top_of([]), top_of([0.0]), top_of([7.3])) == (1.0, 1.0, 8.0)


def test_bins_hold_every_value_and_the_last_all_beyond():
    edges, counts = binned([*range(1000), 1e6])
    assert sum(counts) == 1001
    assert edges[-1] < 2000
    assert binned([]) == ([0.0, 1.0], [0])
    assert sum(binned([5.0, 5.0])[1]) == 2


def test_plots_are_xml_that_names_cannot_break():
    size, labels = (340, 200), (EVIL, EVIL)
    series = [Series(EVIL, [(0.0, 1.0), (1.0, None), (2.0, 3.0)])]
    marks = [Mark(2.0, 3.0, EVIL, '#there', '1')]
    for plot in (
        line_plot(series, size, labels, EVIL, marks),
        line_plot([Series('', [])], size, labels, ''),
        bar_plot([Bar(EVIL, [1.0, None])], 340, EVIL),
        bar_plot([], 340, ''),
        histogram([1.0, 2.0], size, labels, EVIL, [(1.5, EVIL)]),
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
