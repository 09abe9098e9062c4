"""The base of all pages."""

from __future__ import annotations

import re

import pytest

pytest.importorskip('jinja2')

from markupsafe import Markup

from time2general_ros.evaluation.report import ReportError
from time2general_ros.report.page import Plot, Table, drawn, figure, render, write_page


def test_a_page_fetches_nothing_and_escapes_what_it_shows():
    page = render('page.html', title='<script>evil</script>')
    assert '<script>evil' not in page
    assert not re.search(r'https?://|src=|@import|url\(', page)
    assert "default-src 'none'" in page


def test_what_was_not_measured_is_not_zero():
    assert figure(None) == 'n/a'
    assert figure(1234.567, '%') == '1,234.57 %'
    assert figure(0.0) == '0.00'


def test_a_plot_is_drawn_for_wide_and_narrow_pages():
    plot = Plot(
        'Rate', drawn(lambda width: Markup(f'<svg {width}>')), 'a rule', Table(['a'], [[1]])
    )
    assert re.findall(r'<svg (\d+)>', plot.drawings) == ['920', '340']


def test_a_page_that_cannot_be_written_is_told_in_a_line(tmp_path):
    with pytest.raises(ReportError, match='there is no folder'):
        write_page(tmp_path / 'none' / 'page.html', 'page.html', title='x')
