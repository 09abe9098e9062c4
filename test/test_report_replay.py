"""The page of a replay: what it says, and what it does in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
import re
import sys
from types import ModuleType
from typing import Any

from chromium import comes, opened
import pytest
from replay_samples import (
    COMPRESSED,
    IMAGE,
    LABELS,
    TOPIC,
    call,
    picture,
    png_message,
    results,
    rgb_message,
    rows,
    stamp,
    truth,
    write_drive,
)

pytest.importorskip('jinja2')

import numpy as np

from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.report.page import figure
from time2general_ros.report.replay.health import ordinal

ODD = 30
EVIL = '/cam<script>alert(1)</script>/image'


def chequered(image: np.ndarray) -> np.ndarray:
    """Turn every second square into its negative: pixels stay in place, and classes do not."""
    squares = np.indices(image.shape[:2]).sum(axis=0) // 8 % 2
    return np.where(squares[..., None] == 1, 255 - image, image)


def test_health_says_if_it_is_of_some_of_the_images_only(tmp_path):
    bag = write_drive(tmp_path / 'drive.mcap')
    assert call(bag, '--out', tmp_path / 'out', '--every', 3) == 0
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    assert (topic['health']['every'], topic['health']['rate_hz']) == (3, 3.3333)
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert 'every 3rd: all that follows is of these' in page
    assert call(bag, '--out', tmp_path / 'all') == 0
    assert 'all that follows is of these' not in (tmp_path / 'all' / 'report.html').read_text()


@pytest.mark.parametrize(
    ('number', 'text'), [(2, '2nd'), (3, '3rd'), (11, '11th'), (21, '21st'), (112, '112th')]
)
def test_ordinals(number, text):
    assert ordinal(number) == text


@pytest.fixture(scope='module')
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Replay a labelled drive with one odd frame, and a bag with a gap and a bad image."""
    folder = tmp_path_factory.mktemp('page')
    bag = folder / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(48):
            image = picture(0)[..., ::-1]
            message = png_message(index, chequered(image) if index == ODD else image)
            writer.write(TOPIC, COMPRESSED, stamp(index), message)
            labels = mono8_message(truth(index), stamp(index), 'front')
            writer.write(LABELS, IMAGE, stamp(index), labels)
    worse = folder / 'worse.mcap'
    with BagWriter(worse) as writer:
        for index in (0, 1, 2, 12, 12, 13):
            writer.write(EVIL, COMPRESSED, stamp(index), rgb_message(index))
        broken = compressed_message(b'no image', 'png', stamp(14), 'front')
        writer.write(EVIL, COMPRESSED, stamp(14), broken)
        black = png_message(15, np.zeros((48, 80, 3), np.uint8))
        writer.write(EVIL, COMPRESSED, stamp(15), black)
    assert call(worse, '--out', folder / 'worse', '--memory', 'both') == 3
    assert call(bag, '--out', folder / 'good', '--labels', LABELS) == 0
    return folder


def text_of(page: Path) -> str:
    """Read a page as one does who does not look at pictures."""
    html = re.sub(r'(?s)<(style|script|svg).*?</\1>', ' ', page.read_text('utf-8'))
    return ' '.join(re.sub('<[^>]*>', ' ', html).split())


def test_the_first_line_accounts_for_every_frame(run):
    good, worse = (text_of(run / name / 'report.html') for name in ('good', 'worse'))
    assert '48 frames in = 48 segmented + 0 refused' in good
    assert 'partial' not in good
    assert '8 frames in = 7 segmented + 1 refused (decode 1)' in worse
    assert 'These results are partial' in worse
    assert '1 of 8 images of /cam' in worse


def test_figures_are_those_of_the_results_and_say_their_rules(run):
    text, held = text_of(run / 'good' / 'report.html'), results(run / 'good')
    ((topic,),) = [source['topics'] for source in held['sources']]
    for key in ('flow_flicker', 'flicker', 'miou', 'tc', 'vc8', 'boundary_iou'):
        assert figure(topic[key], '%') in text, key
    assert 'void is ignored' in text.lower()
    absent = ', '.join(topic['absent_classes'])
    assert f'Absent classes: {absent}' in text
    assert 'over all 48 labelled frames' in text
    assert held['run_id'] in text
    assert held['sources'][0]['fingerprint'] in text
    assert all(checksum in text for checksum in held['model']['checksums'].values())
    assert f'{topic["confusion"][10][10]:,}' in text


def test_the_recording_is_told_apart_from_the_model(run):
    text = text_of(run / 'worse' / 'report.html')
    assert '1 stamps equal to the one before' in text
    assert '1 (steps of more than 1.5 usual ones), the longest step 1.000 s' in text
    assert '1 nearly black' in text
    assert 'none of it is the model' in text.lower()
    assert 'n/a' in text


def test_names_out_of_recordings_stay_text(run):
    assert '<script>alert' not in (run / 'worse' / 'report.html').read_text('utf-8')


def test_the_same_results_make_the_same_page(run):
    page = run / 'good' / 'report.html'
    before = page.read_bytes()
    page.unlink()
    bag = run / 'drive.mcap'
    assert call(bag, '--out', run / 'good', '--labels', LABELS) == 0
    assert page.read_bytes() == before


def frames_of(page: Any, camera: int = 0) -> list[dict[str, Any]]:
    data = page.locator('.scrubber .data').nth(camera).text_content()
    listed: list[dict[str, Any]] = json.loads(data)['frames']
    return listed


def test_a_browser_shows_what_one_asks_for(run):
    worst = max(rows(run / 'good'), key=lambda row: row['flow_flicker'] or 0)
    with opened(run / 'good' / 'report.html') as page:
        # A mark leads to the pictures of the worst frame, and these to that frame.
        page.locator('.wide a.mark').first.click()
        assert comes(page, lambda: page.evaluate('location.hash') == '#moment-0-1')
        assert worst['frame'] in (ODD, ODD + 1)
        moment = page.locator('#moment-0-1')
        assert f'Frame {worst["frame"]} at ' in moment.locator('h4').inner_text()
        assert figure(worst['flow_flicker'], '%') in moment.locator('h4').inner_text()
        assert f'--start-offset {worst["offset_s"] - 0.5:.3f}' in moment.inner_text()
        assert moment.locator('img').count() == 3 * (1 + 2 + 2 + 1)
        told = moment.locator('.strip .row').last.locator('img').nth(1).get_attribute('alt')
        assert told.startswith(f'{worst["flow_changed"]:,} pixels changed')
        moment.get_by_role('link', name=f'Show frame {worst["frame"]}').click()
        under = page.locator('.told')
        assert comes(page, lambda: under.inner_text().startswith(f'Frame {worst["frame"]} · '))
        # The scrubber by keyboard, the slider between image and overlay, the buttons.
        place = [frame['frame'] for frame in frames_of(page)].index(worst['frame'])
        slider = page.locator('input.frame')
        assert slider.evaluate('node => node === document.activeElement')
        slider.press('ArrowLeft')
        before = frames_of(page)[place - 1]
        assert under.inner_text().startswith(f'Frame {before["frame"]} · ')
        # The image of a frame that is in a strip stands there.
        in_strip = page.locator(f'#image-0-{before["frame"]}')
        assert (before['image'] is None) == (in_strip.count() == 1)
        image = before['image'] or in_strip.get_attribute('src')
        assert page.locator('.stage .base').get_attribute('src') == image
        assert page.locator('img[data-same]').count() == 2 * 3 * page.locator('.moment').count()
        assert page.locator('img:not([src])').count() == 0
        page.get_by_role('button', name='Next frame').click()
        assert under.inner_text().startswith(f'Frame {worst["frame"]} · ')
        mix = page.locator('input.mix')
        mix.focus()
        mix.press('Home')
        assert page.locator('.stage .mask').evaluate('n => getComputedStyle(n).opacity') == '0'
        mix.press('End')
        assert page.locator('.stage .mask').evaluate('n => getComputedStyle(n).opacity') == '1'
        # The class under the pointer has a name.
        page.locator('.stage').hover()
        classes = results(run / 'good')['scored']['classes']
        assert comes(page, lambda: page.locator('.under').inner_text() in classes)
        # A picture is enlarged and put away.
        moment.locator('.picture').first.click()
        assert page.locator('dialog').is_visible()
        page.keyboard.press('Escape')
        assert not page.locator('dialog').is_visible()
        # Every plot has a table, and every picture a text.
        assert page.locator('figure.plot').count() == page.locator('figure.plot details').count()
        assert page.locator('img:not([alt])').count() == 0
        assert page.locator('figure.plot .wide svg:not([aria-label])').count() == 0


@pytest.mark.parametrize(('scheme', 'paper'), [('light', 255), ('dark', 20)])
def test_a_page_fits_a_telephone_and_both_themes(run, scheme, paper):
    with opened(run / 'worse' / 'report.html', 400, scheme) as page:
        assert page.evaluate('document.documentElement.scrollWidth') == 400
        red = 'Number(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0])'
        assert page.evaluate(red) == paper
        button = page.locator('#theme')
        button.click()
        assert page.evaluate(red) == 255
        button.press('Enter')
        assert page.evaluate(red) == 20
        assert page.locator('.plot .wide').first.is_hidden()
        assert page.locator('.plot .narrow').first.is_visible()


def test_a_link_into_a_page_shows_its_frame(run):
    page_file = run / 'good' / 'report.html'
    with opened(page_file) as page:
        under = page.locator('.told')
        page.goto(f'{page_file.as_uri()}#frame-0-{ODD}')
        assert comes(page, lambda: under.inner_text().startswith(f'Frame {ODD} · '))
        page.reload()
        assert comes(page, lambda: under.inner_text().startswith(f'Frame {ODD} · '))


def test_a_topic_without_images_has_a_page_of_its_own_account(tmp_path):
    from time2general_ros.bags.channel import Channel

    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        writer.declare(Channel('/other/image', COMPRESSED))
        for index in range(3):
            writer.write(TOPIC, COMPRESSED, stamp(index), rgb_message(index))
    arguments = ['--topic', TOPIC, '--topic', '/other/image', '--out', tmp_path / 'out']
    # Results are partial where a topic has no image.
    assert call(bag, *arguments, '--no-flow') == 3
    text = text_of(tmp_path / 'out' / 'report.html')
    assert '3 frames in = 3 segmented + 0 refused' in text
    assert 'No frame was segmented' in text
    assert 'flicker was not measured' in text


def test_a_moment_leads_into_the_recording_of_rerun(tmp_path, monkeypatch):
    # The page needs no more of it than where it lies.
    writer = ModuleType('time2general_ros.replay.views.rerun_file')
    writer.write_rerun = lambda *arguments: None
    monkeypatch.setitem(sys.modules, writer.__name__, writer)
    bag, out, file = write_drive(tmp_path / 'drive.mcap'), tmp_path / 'out', tmp_path / 'a b.rrd'
    assert call(bag, '--out', out) == 0
    assert 'In Rerun' not in text_of(out / 'report.html')
    # The page of a finished run learns of it.
    assert call(bag, '--out', out, '--rerun', file) == 0
    worst = max(rows(out), key=lambda row: row['flow_flicker'] or 0)
    moment = np.datetime64(worst['log_time_ns'], 'ns')
    with opened(out / 'report.html') as page:
        codes = page.locator('#moment-0-1 .rerun .command')
        assert codes.nth(0).inner_text() == f"rerun '{file}'"
        assert np.datetime64(codes.nth(1).inner_text().rstrip('Z'), 'ns') == moment
        # Each button copies what stands before it; without a clipboard it is selected.
        page.evaluate('() => { Clipboard.prototype.writeText = () => { throw Error(); }; }')
        selected = 'getSelection().toString().trim()'
        for number in (1, 0):
            page.locator('#moment-0-1 .rerun .copy').nth(number).click()
            text = codes.nth(number).inner_text()
            assert comes(page, lambda text=text: page.evaluate(selected) == text)
