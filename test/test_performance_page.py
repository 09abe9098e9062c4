from __future__ import annotations

import importlib.util
from pathlib import Path
import re
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'performance.md'

pytestmark = pytest.mark.skipif(
    not PAGE.is_file(), reason='the package is not tested from its source checkout'
)


@pytest.fixture(scope='module')
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        'performance_figures', ROOT / 'scripts' / 'performance_figures.py'
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_section_of_the_page_is_measured(script: ModuleType) -> None:
    begins = re.findall('<!-- begin: (.*) -->', PAGE.read_text('utf-8'))
    assert sorted(begins) == sorted(script.SECTIONS)


def test_section_takes_the_place_of_the_one_before(script: ModuleType) -> None:
    other = '<!-- begin: y -->\nz\n<!-- end: y -->'
    page = f'a\n<!-- begin: x -->\nold\n\nold\n<!-- end: x -->\nb\n{other}'
    once = script.put(page, 'x', 'new')
    assert once == page.replace('old\n\nold', 'new')
    assert script.put(once, 'x', 'new') == once


def test_section_that_is_not_there_is_named(script: ModuleType) -> None:
    with pytest.raises(SystemExit, match='begin: x'):
        script.put('nothing', 'x', 'new')


def test_table_is_markdown(script: ModuleType) -> None:
    assert script.table(('a', 'b'), [('1', '2')]) == '| a | b |\n|---|---:|\n| 1 | 2 |'
