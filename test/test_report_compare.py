"""The page of a comparison in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chromium import comes, opened
import pytest
from replay_samples import LABELS, call, write_drive

pytest.importorskip('jinja2')

from time2general_ros.cli.main import main


@pytest.fixture(scope='module')
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compare memory off (A) and on (B) over a small drive with labels."""
    root = tmp_path_factory.mktemp('compared')
    bag = write_drive(root / 'drive.mcap', 40, with_labels=True)
    assert call(bag, '--out', root / 'out', '--labels', LABELS, '--memory', 'both') == 0
    page = root / 'page.html'
    assert main(['compare', f'{root / "out"}:off', str(root / 'out'), '--page', str(page)]) == 0
    return page


KINDS = ('fixed', 'broken', 'other')


def held_of(page: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(page.locator('#flipper .data').text_content())
    return read


def held(page: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = held_of(page)['frames']
    return listed


def shown(page: Any) -> str:
    """Tell the mask that is to be seen, and that no other is."""
    masks = page.locator('.stage .mask:not(.hidden)')
    assert masks.count() == 1
    assert masks.is_visible()
    source: str = masks.get_attribute('src')
    return source


def test_a_flip_shows_the_same_frame_of_the_other_run(compared):
    with opened(compared) as page:
        frames, told = held(page), page.locator('.told')
        # It opens at the frame that differs most.
        worst = max(frames, key=lambda one: abs(one['gap'] or 0))
        assert told.inner_text().startswith(f'A: drive.mcap · frame {worst["frame"]} · ')
        assert worst['a'] != worst['b']
        base = page.locator('.stage .base')
        assert (base.get_attribute('src'), shown(page)) == (worst['image'], worst['a'])
        first = told.inner_text()
        page.keyboard.press('f')
        assert told.inner_text() == f'B{first[1:]}'
        assert (base.get_attribute('src'), shown(page)) == (worst['image'], worst['b'])
        assert page.get_by_role('radio', name='B').is_checked()
        page.get_by_role('button', name='Flip A and B').click()
        assert told.inner_text() == first
        assert shown(page) == worst['a']
        page.get_by_role('radio', name='where they differ').check()
        assert shown(page) == worst['marks']
        assert worst['told'] in told.inner_text()
        # Both masks and what differs stand side by side as well.
        sides = page.locator('.beside .mask')
        sources = [one.get_attribute('src') for one in sides.all()]
        assert sources == [worst['a'], worst['b'], worst['marks']]
        assert sides.first.is_visible()
        assert all(f'{worst[kind]:.2f} % {kind}' in worst['told'] for kind in KINDS)
        # What is under the pointer has a name there too.
        page.locator('.stage').hover()
        named = [name for name, _ in held_of(page)['kinds']]
        under = page.locator('.under')
        assert comes(page, lambda: under.inner_text() in (*named, 'the same in both'))
        # Frames change and what is shown of them stays.
        page.get_by_role('radio', name='B').check()
        slider = page.locator('input.frame')
        slider.focus()
        slider.press('Home')
        assert shown(page) == frames[0]['b']
        page.get_by_role('button', name='Next frame').click()
        assert shown(page) == frames[1]['b']
        slider.press('f')
        assert shown(page) == frames[1]['a']
        # The class under the pointer has a name.
        page.locator('.stage').hover()
        classes = [name for name, _ in held_of(page)['classes']]
        assert comes(page, lambda: page.locator('.under').inner_text() in classes)


DIRECTIONS = {
    'fixed': 'more fixed than broken',
    'broken': 'more broken than fixed',
    'other': 'mostly other',
}


def test_frames_that_differ_most_are_led_to(compared):
    with opened(compared) as page:
        frames = held(page)
        worst = [number for number, one in enumerate(frames) if one['worst']]
        links, marks = (page.locator(f'main {where} a[href^="#at-"]') for where in ('li', '.wide'))
        assert links.count() == marks.count() == len(worst)
        # Each says what became of its pixels, in words.
        lines = page.locator('main li:has(a[href^="#at-"])').all_inner_texts()
        for line, number in zip(lines, worst, strict=True):
            assert DIRECTIONS[frames[number]['direction']] in line
            assert frames[number]['told'] in line
        assert page.locator('h2#changes ~ .first').inner_text().count('%') == 3
        links.nth(1).click()
        assert comes(page, lambda: shown(page) == frames[worst[1]]['a'])
        marks.first.click()
        assert comes(page, lambda: shown(page) == frames[worst[0]]['a'])
        page.goto(f'{compared.as_uri()}#at-{worst[1]}')
        assert comes(page, lambda: shown(page) == frames[worst[1]]['a'])
        page.reload()
        assert comes(page, lambda: shown(page) == frames[worst[1]]['a'])
        plots = page.locator('figure.plot')
        assert plots.count() == page.locator('figure.plot details table').count() == 1
        assert page.locator('figure.plot .wide svg:not([aria-label])').count() == 0
        # All figures are seen without scrolling inside of the table.
        table = page.locator('.whole .scroll')
        assert table.evaluate('node => node.scrollHeight <= node.clientHeight')
        assert page.locator('.whole tbody tr').first.inner_text().split('\t')[1] == 'better'


@pytest.mark.parametrize(('scheme', 'paper'), [('light', 255), ('dark', 20)])
def test_a_comparison_fits_a_telephone_and_both_themes(compared, scheme, paper):
    with opened(compared, 400, scheme) as page:
        assert page.evaluate('document.documentElement.scrollWidth') == 400
        red = 'Number(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0])'
        assert page.evaluate(red) == paper
        page.locator('#theme').click()
        assert page.evaluate(red) == 255
        page.locator('#theme').press('Enter')
        assert page.evaluate(red) == 20
        assert page.locator('.plot .narrow').is_visible()
