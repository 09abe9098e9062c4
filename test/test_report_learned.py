from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('jinja2', reason='jinja2 is not installed')

from time2general_ros.report.learned_page import write_learned_page


@pytest.mark.parametrize(
    ('interval', 'told'), [([51.26, 63.4], '; drives like these: 51.3 to 63.4 %'), (None, None)]
)
def test_a_figure_stands_with_what_it_may_be_on_other_drives(
    tmp_path: Path, interval: Any, told: str | None
) -> None:
    scored = {'miou': 57.0, 'miou_interval': interval, 'per_class_iou': {'</p>crop': 57.0}}
    summary = {
        'name': 'field', 'data': 'folder:field', 'command': 'x', 'hours': 1.0, 'frames': 9,
        'classes': ['</p>crop'], **scored, 'before': scored,
        'flicker': {'memory_on': 1.0, 'memory_off': 2.0, 'ratio': 0.5, 'measured_on': 'stills'},
    }  # fmt: skip
    write_learned_page(tmp_path / 'page.html', summary, [], [])
    page = (tmp_path / 'page.html').read_text('utf-8')
    assert page.count(told or 'drives like these') == (2 if told else 0)
    assert '</p>crop' not in page
