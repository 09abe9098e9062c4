"""The pictures of a page share one budget, whatever the number of cameras and topics."""

from __future__ import annotations

import re

from chromium import comes, opened
import numpy as np
import pytest
from replay_samples import COMPRESSED, TOPIC, call, png_message, stamp, write_drive

from time2general_ros.bags.writer import BagWriter
from time2general_ros.report.replay.album import Album
from time2general_ros.report.replay.strips import Look

COLOURS = np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8)
MOMENTS = {1: [20, 21, 22, 23], 2: [4, 5, 6, 7], 3: [12, 13, 14]}


def look(place: int) -> Look:
    rng = np.random.default_rng(place)
    mask = rng.integers(0, 9, (48, 80), np.uint8)
    return Look(place, rng.integers(0, 256, (48, 80, 3), np.uint8), mask, mask[::-1])


def filled(budget: int) -> Album:
    album = Album(MOMENTS, COLOURS, budget)
    for place in range(30):
        album.add(look(place))
        assert album.size <= budget
    return album


def places(album: Album) -> list[int]:
    return [still.place for still in album.stills]


def test_all_is_kept_where_it_fits():
    album = filled(10**9)
    assert places(album) == [*range(30)]
    assert album.strips.keys() == {1, 2, 3}


def test_the_least_moments_go_without_pictures_and_frames_fill_the_rest():
    whole = filled(10**9).size
    strips = {budget: {*filled(budget).strips} for budget in range(0, whole, whole // 24)}
    assert [*strips.values()] == sorted(strips.values(), key=len)
    assert all(kept in (set(), {1}, {1, 2}, {1, 2, 3}) for kept in strips.values())
    assert strips[0] == set()
    budget = min(budget for budget, kept in strips.items() if kept == {1})
    album = filled(budget)
    shown = [still.place for still in (column.still for column in album.strips[1].columns)]
    assert shown == [21, 22, 23]
    # All frames of the strip, and others evenly between them.
    assert {*MOMENTS[1]} < {*places(album)}
    others = [place for place in places(album) if place not in MOMENTS[1]]
    assert others
    assert len(others) < 26


def test_nothing_is_shown_where_nothing_fits():
    album = filled(100)
    assert (album.size, places(album), album.strips) == (0, [], {})


def test_a_page_without_room_for_pictures_says_so(tmp_path, monkeypatch):
    pytest.importorskip('jinja2')
    monkeypatch.setattr('time2general_ros.replay.views.page.PICTURE_BYTES', 100)
    assert call(write_drive(tmp_path / 'drive.mcap', 8), '--out', tmp_path / 'out') == 0
    page_file = tmp_path / 'out' / 'report.html'
    assert pictures_in(page_file.read_text('utf-8')) == 0
    with opened(page_file) as page:
        text = page.locator('main').inner_text()
        assert 'None of them has pictures' in text
        assert 'No picture of its 8 frames has room' in text
        assert page.locator('a[href^="#frame-"]').count() == 0


def pictures_in(html: str) -> int:
    return sum(map(len, re.findall(r'data:image/(?:jpeg|webp);base64,[A-Za-z0-9+/=]*', html)))


@pytest.mark.parametrize(('sources', 'topics', 'budget'), [(20, 1, 150_000), (1, 6, 40_000)])
def test_many_cameras_share_the_pictures_of_a_page(tmp_path, monkeypatch, sources, topics, budget):
    pytest.importorskip('jinja2')
    from time2general_ros.replay.views import page as replay_page
    from time2general_ros.report.replay import page as report_page

    for module in (replay_page, report_page):
        monkeypatch.setattr(module, 'PICTURE_BYTES', budget)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (8, 48, 80, 3), np.uint8)
    bags, names = [], [TOPIC.replace('front', f'c{number}') for number in range(topics)]
    for number in range(sources):
        bags.append(tmp_path / f'drive{number}.mcap')
        with BagWriter(bags[-1]) as writer:
            for index in range(8):
                for offset, topic in enumerate(names):
                    message = png_message(index, noise[(index + number + offset) % 8])
                    writer.write(topic, COMPRESSED, stamp(index), message)
    assert call(*bags, '--out', tmp_path / 'out') == 0
    page_file = tmp_path / 'out' / 'report.html'
    html = page_file.read_text('utf-8')
    assert 0.5 * budget < pictures_in(html) <= budget
    assert f'of at most {budget / 1e6:g} MB; {sources * topics} cameras share them' in html
    # The moments that have no pictures are told with their words.
    assert html.count('class="moment"') > html.count('class="strip"')
    assert re.search(r'(None of them has|The first( \d+)? ha(s|ve))\s+pictures', html)
    with opened(page_file) as page:
        page.locator('.wide a.mark').last.click()
        assert comes(page, lambda: '#moment-' in page.evaluate('location.hash'))
        assert page.locator('img:not([src])').count() == 0
