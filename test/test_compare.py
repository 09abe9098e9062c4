"""Comparing replays: what differs, how sure that is, and what cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path
import re
import shutil
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from replay_samples import LABELS, TOPIC, call, results, rows, truth, write_drive, write_folder

from time2general_ros.cli.main import main
from time2general_ros.replay.comparison.compare import Options, compare
from time2general_ros.replay.comparison.difference import Difference
from time2general_ros.replay.comparison.limits import LimitError, read_limit
from time2general_ros.replay.comparison.run import Run
from time2general_ros.replay.figures.rows import table


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Replay a small drive with labels, with memory and without."""
    root = tmp_path_factory.mktemp('drive')
    bag = write_drive(root / 'drive.mcap', 40, with_labels=True)
    labels = ('--labels', LABELS)
    assert call(bag, '--out', root / 'both', *labels, '--memory', 'both') == 0
    assert call(bag, '--out', root / 'plain', '--no-flow') == 0
    return root


def told(out: Path, *arguments: object) -> dict[str, Any]:
    assert main(['compare', *map(str, arguments), '--json', str(out)]) == 0
    read: dict[str, Any] = json.loads(out.read_text())
    return read


def test_a_run_does_not_differ_from_itself(drive, tmp_path):
    read = told(tmp_path / 'same.json', drive / 'both', drive / 'both')
    totals = results(drive / 'both')['totals']
    for name, metric in read['metrics'].items():
        if metric['a'] is not None:
            assert metric['difference'] == 0, name
            assert metric['low'] <= 0 <= metric['high'], name
            assert metric['verdict'] == 'equal', name
        group, _, label = name.partition(':')
        pooled = totals['per_class_iou'][label] if group == 'iou' else totals[name]
        assert metric['a'] == pytest.approx(pooled, abs=1e-4), name
    assert read['frames'] == 40
    assert read['blocks']['count'] > 4


def test_the_second_memory_mode_is_a_run_of_its_own(drive, tmp_path, capsys):
    both = drive / 'both'
    read = told(tmp_path / 'modes.json', f'{both}:off', both, f'{both}:off')
    other = results(both)['sources'][0]['topics'][0]['other_memory']['off']
    flicker = read['metrics']['flow_flicker']
    assert flicker['a'] == pytest.approx(other['flow_flicker'], abs=1e-4)
    assert flicker['low'] <= flicker['difference'] <= flicker['high'] < 0
    assert flicker['verdict'] == 'better'
    half = max(flicker['high'] - flicker['difference'], flicker['difference'] - flicker['low'])
    assert flicker['detectable'] == pytest.approx(half, abs=2e-4)
    (same,) = read['others']
    assert same['metrics']['flow_flicker']['difference'] == 0
    printed = capsys.readouterr()
    assert 'times are not compared' in printed.out
    assert 'one recording: what is shown holds for what was recorded' in printed.err


def test_a_baseline_is_two_small_files(drive, tmp_path):
    both, kept = drive / 'both', tmp_path / 'kept'
    kept.mkdir()
    for name in ('results.json', 'frames.parquet'):
        shutil.copy(both / name, kept)
    read = told(tmp_path / 'c.json', kept, both)
    assert {one['difference'] for one in read['metrics'].values()} <= {0, None}


def test_limits_decide_the_exit_status(drive, capsys):
    on, off = str(drive / 'both'), f'{drive / "both"}:off'
    limits = ['--fail-if', 'flow_flicker>+5%', 'miou<-90']
    assert main(['compare', off, on, *limits]) == 0
    assert main(['compare', on, off, *limits]) == 4
    assert 'FAILED: flow_flicker>+5%' in capsys.readouterr().err
    # A change that is no larger than between two replays of the same does not count.
    assert main(['compare', on, off, *limits, '--again', off]) == 0
    assert main(['compare', str(drive / 'none'), on]) == 5
    assert 'the baseline is missing' in capsys.readouterr().err
    assert main(['compare', on, str(drive / 'none')]) == 1


def test_limits_are_test_cases_and_figures_a_table(drive, tmp_path):
    on, off = str(drive / 'both'), f'{drive / "both"}:off'
    cases, told = tmp_path / 'cases.xml', tmp_path / 'told.md'
    limits = ['--fail-if', 'flow_flicker>+5%', 'miou<-90', 'tc<-0', '--block', '10']
    written = ['--junit', str(cases), '--markdown', str(told)]
    assert main(['compare', on, off, on, *limits[:4], *written]) == 4
    suites = ElementTree.parse(cases).getroot().findall('testsuite')
    first, second = suites
    assert (first.get('tests'), first.get('failures'), first.get('skipped')) == ('3', '1', '1')
    assert (second.get('tests'), second.get('failures')) == ('3', '0')
    by_name = {case.get('name'): case for case in first.findall('testcase')}
    failure = by_name['flow_flicker>+5%'].find('failure')
    assert failure is not None
    assert 'B - A +' in (failure.get('message') or '')
    assert len(by_name['miou<-90']) == 0
    text = told.read_text('utf-8')
    assert '- flow\\_flicker\\>+5%: **passed**' in text
    assert '| flow flicker | ' in text
    assert '| worse |' in text
    assert len(text) < 16_000
    # Without intervals nothing is decided, and a case says so.
    assert main(['compare', on, off, *limits, *written]) == 0
    (suite,) = ElementTree.parse(cases).getroot().findall('testsuite')
    assert (suite.get('failures'), suite.get('skipped')) == ('0', '3')


def test_a_gate_file_tells_what_fails_a_run_and_what_is_told_only(drive, tmp_path, capsys):
    on, off = str(drive / 'both'), f'{drive / "both"}:off'
    gate, cases = tmp_path / 'gate.yaml', tmp_path / 'cases.xml'
    gate.write_text("fail: ['miou<-90']\nwarn: ['flow_flicker>+5%']\n")
    command = ['compare', on, off, '--gate', str(gate)]
    assert main([*command, '--junit', str(cases)]) == 0
    assert 'passed, but fails no run: flow_flicker>+5%' in capsys.readouterr().err
    (suite,) = ElementTree.parse(cases).getroot().findall('testsuite')
    assert [suite.get(name) for name in ('tests', 'failures', 'skipped')] == ['2', '0', '1']
    # Limits of the command line count beside those of the file.
    assert main([*command, '--fail-if', 'flow_flicker>+6%']) == 4
    gate.write_text("fail: ['flow_flicker>+5%']")
    assert main(command) == 4
    # What only warns does not take away what fails.
    gate.write_text("fail: ['flow_flicker>+5%']\nwarn: ['flow_flicker>+5%']")
    assert main(command) == 4
    gate.write_text("warn: ['flow_flicker>+5%']")
    assert main([*command, '--fail-if', 'flow_flicker>+5%']) == 4


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('advise: []', "has the keys ['advise']; give the lists fail and warn"),
        ('[]', 'has no keys'),
        ('fail: miou<-1', 'fail is no list of limits'),
        ('fail: [miou]', "'miou' is no limit"),
        ('fail: [', 'cannot read the limits'),
        (None, 'cannot read the limits'),
    ],
)
def test_a_faulty_gate_file_is_refused(tmp_path, capsys, text, message):
    gate = tmp_path / 'gate.yaml'
    if text is not None:
        gate.write_text(text)
    assert main(['compare', 'a', 'b', '--gate', str(gate)]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('text', ['flicker>5%', 'flicker<+5%', 'speed<-1', 'miou', 'miou<-x'])
def test_what_is_no_limit_is_a_wrong_command_line(capsys, text):
    with pytest.raises(SystemExit, match='2'):
        main(['compare', 'a', 'b', '--fail-if', 'miou<-1', text])
    assert text in capsys.readouterr().err


def test_a_figure_that_was_not_measured_keeps_no_limit(drive, capsys):
    both, plain = str(drive / 'both'), str(drive / 'plain')
    assert main(['compare', plain, plain, '--fail-if', 'flow_flicker>+5%']) == 1
    assert 'was not measured' in capsys.readouterr().err
    assert main(['compare', both, both, '--fail-if', 'iou:unicorn<-1']) == 1
    assert 'no figure iou:unicorn' in capsys.readouterr().err


def test_a_limit_on_an_absent_class_is_no_lack_of_labels():
    def one(value: float | None) -> Difference:
        return Difference(value, value, None if value is None else 0.0, None, 0.0, 0.0, 1)

    with pytest.raises(LimitError, match='train occurs neither in the labels nor in the masks'):
        read_limit('iou:train<-1').judge({'iou:train': one(None), 'iou:car': one(50.0)})
    with pytest.raises(LimitError, match='replay with labels'):
        read_limit('iou:train<-1').judge({'iou:train': one(None), 'iou:car': one(None)})


def refused(capsys: pytest.CaptureFixture[str], *runs: Path) -> str:
    assert main(['compare', *map(str, runs)]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith('error: ')
    assert printed.count('\n') == 1
    return printed


def test_runs_over_other_frames_are_refused_by_name(drive, tmp_path, capsys):
    bag, both = drive / 'drive.mcap', drive / 'both'
    alone = ('--topic', TOPIC, '--no-flow')
    assert call(bag, '--out', tmp_path / 'half', '--every', 2, *alone) == 0
    assert '40 and 20 frames of /camera/front' in refused(capsys, both, tmp_path / 'half')
    assert call(bag, '--out', tmp_path / 'late', '--start', 2, *alone) == 0
    assert call(bag, '--out', tmp_path / 'soon', '--end', 2, *alone) == 0
    assert '20 of 20 frames differ' in refused(capsys, tmp_path / 'late', tmp_path / 'soon')
    other = write_drive(tmp_path / 'drive.mcap', 30)
    assert call(other, '--out', tmp_path / 'other', '--no-flow') == 0
    assert 'another recording of that name' in refused(capsys, both, tmp_path / 'other')
    assert 'different labels' in refused(capsys, both, drive / 'plain')


def test_figures_along_another_flow_are_refused(drive, tmp_path, capsys):
    old = tmp_path / 'old'
    shutil.copytree(drive / 'both', old)
    read = results(old)
    del read['settings']['flow_method']
    (old / 'results.json').write_text(json.dumps(read))
    assert 'along an older flow; replay both' in refused(capsys, drive / 'both', old)


def test_other_labels_with_as_many_pixels_are_refused_by_name(drive, tmp_path, capsys):
    runs = []
    for name, step in (('old', 1), ('new', -1)):
        maps = tmp_path / f'{name}_maps'
        maps.mkdir()
        for number, index in enumerate(range(40)[::step]):
            cv2.imwrite(str(maps / f'{number:06}.png'), truth(index))
        given = ('--topic', TOPIC, '--no-flow', '--label-set', 'cityscapes19')
        runs.append(tmp_path / name)
        assert call(drive / 'drive.mcap', '--labels', maps, '--out', runs[-1], *given) == 0
    assert 'different labels' in (error := refused(capsys, *runs))
    assert f'({tmp_path}/old_maps and {tmp_path}/new_maps)' in error


def test_older_and_damaged_results_are_refused(drive, tmp_path, capsys):
    both, old = drive / 'both', tmp_path / 'old'
    shutil.copytree(both, old)
    read = results(old)
    (old / 'results.json').write_text(json.dumps({**read, 'schema': 0}))
    assert 'has schema 0, and this version reads 1' in refused(capsys, both, old)
    (old / 'results.json').write_text('{')
    assert 'cannot be read' in refused(capsys, both, old)
    (old / 'results.json').write_text(json.dumps(read))
    frames = pq.read_table(old / 'frames.parquet')
    pq.write_table(frames.replace_schema_metadata({}), old / 'frames.parquet')
    assert 'has schema none' in refused(capsys, both, old)
    (old / 'frames.parquet').write_bytes(b'PAR1')
    assert 'cannot be read' in refused(capsys, both, old)
    (old / 'results.json').unlink()
    (old / '.replay').mkdir()
    assert 'is not finished' in refused(capsys, both, old)
    assert 'no results with memory ema' in refused(capsys, both, Path(f'{both}:ema'))


@pytest.mark.parametrize(
    ('place', 'value'),
    [
        (('settings', 'memory'), None),
        (('settings', 'memory'), []),
        (('sources', 0, 'name'), None),
        (('sources',), None),
        (('sources', 0, 'topics', 0, 'mask_topic'), 3),
        (('sources', 0, 'name'), 'another'),
        (('scored', 'classes'), None),
        (('scored',), {}),
        (('model',), None),
        (('settings',), []),
    ],
)
def test_results_of_another_shape_are_refused(drive, tmp_path, capsys, place, value):
    both, old = drive / 'both', tmp_path / 'old'
    old.mkdir()
    shutil.copy(both / 'frames.parquet', old)
    read: Any = results(both)
    *way, last = place
    inner = read
    for step in way:
        inner = inner[step]
    inner[last] = value
    (old / 'results.json').write_text(json.dumps(read))
    error = refused(capsys, both, old)
    assert str(old) in error
    assert 'replay again' in error


def test_videos_of_a_data_set_are_recordings(tmp_path):
    folder = write_folder(tmp_path / 'data', [*range(12), *range(40, 52), *range(90, 102)])
    assert call(f'folder:{folder}', '--out', tmp_path / 'out') == 0
    read = told(tmp_path / 'c.json', tmp_path / 'out', tmp_path / 'out')
    assert len(read['recordings']) == 3
    videos = {row['video']: row for row in rows(tmp_path / 'out')}
    assert videos.keys() == {0, 1, 2}


def noise(rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Make noise in which frames in a row are alike."""
    steps, values = rng.normal(0.0, 0.4, count), np.zeros(count)
    for index in range(1, count):
        values[index] = 0.6 * values[index - 1] + steps[index]
    return values


def roads(rng: np.random.Generator, recordings: int, frames: int) -> npt.NDArray[np.float64]:
    """Make the flicker of recordings that differ, percent."""
    return np.repeat(rng.normal(6.0, 1.0, recordings), frames) + noise(rng, recordings * frames)


def blank_frames(recordings: int, frames: int) -> pa.Table:
    made = table(
        {
            'source': str(recording),
            'topic': '/camera',
            'video': 0,
            'message': frame,
            'stamp_ns': frame,
            'offset_s': frame / 10,
            'labelled': False,
        }
        for recording in range(recordings)
        for frame in range(frames)
    )
    names = [f'{number // frames} 1' for number in range(recordings * frames)]
    return made.append_column('recording', pa.array(names))


def synthetic_run(frames: pa.Table, values: npt.NDArray[np.float64]) -> Run:
    place = frames.column_names.index('flow_flicker')
    made = frames.set_column(place, 'flow_flicker', pa.array(values))
    names = dict.fromkeys(name[:-2] for name in made['recording'].to_pylist())
    found = {
        'settings': {},
        'scored': {'classes': ['a', 'b']},
        'sources': [{'name': name, 'fingerprint': name} for name in names],
    }
    return Run('synthetic', Path(), 'on', found, made)


@pytest.mark.parametrize(('recordings', 'frames'), [(2, 120), (12, 20)])
def test_equal_runs_pass_their_limits_in_nineteen_cases_of_twenty(recordings, frames):
    rng = np.random.default_rng(5)
    strict, usual = read_limit('flow_flicker>+0'), read_limit('flow_flicker>+5%')
    blank = blank_frames(recordings, frames)
    alarms = usual_alarms = 0
    for seed in range(100):
        own = roads(rng, recordings, frames)
        a, b = (synthetic_run(blank, own + noise(rng, own.size)) for _ in range(2))
        metrics = compare(a, b, Options(draws=200, seed=seed), {}).whole.metrics
        alarms += strict.judge(metrics) == 'passed'
        usual_alarms += usual.judge(metrics) == 'passed'
    assert alarms <= 5
    assert usual_alarms == 0


def test_a_rise_that_is_there_passes_the_limit():
    blank = blank_frames(2, 120)
    own = roads(np.random.default_rng(7), 2, 120)
    before, after = synthetic_run(blank, own), synthetic_run(blank, 1.1 * own)
    metrics = compare(before, after, Options(), {}).whole.metrics
    assert read_limit('flow_flicker>+5%').judge(metrics) == 'passed'
    assert read_limit('flow_flicker>+20%').judge(metrics) == 'kept'
    assert metrics['flow_flicker'].verdict == 'worse'
    assert metrics['miou'].difference is None


def test_blocks_grow_with_the_likeness_of_frames():
    blank = blank_frames(2, 400)
    rng = np.random.default_rng(3)
    own = roads(rng, 2, 400)
    plain, alike = own + rng.normal(0.0, 0.4, own.size), own + noise(rng, own.size)
    lengths = [
        compare(synthetic_run(blank, own), synthetic_run(blank, other), Options(), {}).whole.blocks
        for other in (own, plain, alike)
    ]
    still, plain_cut, alike_cut = (len(one) for one in lengths)
    assert still == 800
    assert alike_cut < plain_cut < still
    assert alike_cut > 40
    (frames,) = {len(one.of) for one in lengths}
    assert frames == 800


def test_blocks_are_at_least_the_span_of_memory_but_of_little_an_eighth():
    blank = blank_frames(1, 100)
    place = blank.column_names.index('memory_age_s')
    old = blank.set_column(place, 'memory_age_s', pa.array(np.full(100, 0.5)))
    run = synthetic_run(old, np.ones(100))
    assert len(compare(run, run, Options(), {}).whole.blocks) == 20
    old = blank.set_column(place, 'memory_age_s', pa.array(np.full(100, 5.0)))
    run = synthetic_run(old, np.ones(100))
    compared = compare(run, run, Options(), {})
    assert len(compared.whole.blocks) == 8
    assert 'may be too narrow' in ' '.join(compared.warnings)
    assert len(compare(run, run, Options(block_s=10.0), {}).whole.blocks) == 1
    told = ' '.join(compare(run, run, Options(block_s=10.0), {}).warnings)
    assert 'intervals need more blocks of 10 s than 1: record more' in told


def test_the_page_holds_frames_of_both_runs(drive, tmp_path):
    both, page = drive / 'both', tmp_path / 'page.html'
    assert main(['compare', f'{both}:off', str(both), '--page', str(page)]) == 0
    text = page.read_text('utf-8')
    found = re.search(r'class="data">(.*?)</script>', text, re.DOTALL)
    assert found
    frames = json.loads(found[1])['frames']
    assert 20 <= len(frames) <= 48
    assert any(one['worst'] for one in frames)
    assert all(one['a'] != one['b'] for one in frames if one['differs'] > 1)
    assert not re.search(r'https?://', text)
    # Without the recording there are masks still.
    (drive / 'drive.mcap').rename(drive / 'away.mcap')
    try:
        assert main(['compare', f'{both}:off', str(both), '--page', str(page)]) == 0
    finally:
        (drive / 'away.mcap').rename(drive / 'drive.mcap')
    assert 'no images of drive.mcap' in page.read_text('utf-8')
    # Nor are those of another recording of that name shown.
    shutil.copy(drive / 'drive.mcap', tmp_path / 'kept.mcap')
    write_drive(drive / 'drive.mcap', 40)
    try:
        assert main(['compare', f'{both}:off', str(both), '--page', str(page)]) == 0
    finally:
        shutil.copy(tmp_path / 'kept.mcap', drive / 'drive.mcap')
    assert 'no images of drive.mcap: the file has changed' in page.read_text('utf-8')
    assert main(['compare', str(both), str(both), str(both), '--page', str(page)]) == 1
