"""A replay into a folder: its figures, its bag, and what a cut leaves behind."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from unittest.mock import patch

import numpy as np
import pyarrow.parquet as pq
import pytest
from replay_samples import (
    COMPRESSED,
    LABELS,
    MASK,
    SIZE,
    TOPIC,
    call,
    lasting,
    png,
    results,
    rgb_message,
    rows,
    stamp,
    write_drive,
    write_folder,
)
from tiny_model import tiny_engine, tiny_folder

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.main import main
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.evaluation.report import summarise
from time2general_ros.evaluation.segmenter_predictor import SegmenterPredictor
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.replay.figures.rows import SCHEMA
from time2general_ros.streaming.segmenter import Segmenter

TEST = Path(__file__).resolve().parent
CHILD = """
import os, signal, sys
from time2general_ros.cli.main import main
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.replay.runs import source_run
source_run.PART = 5
count = 0
def show(self, done, total):
    global count
    count += 1
    if count == {last}:
        os.kill(os.getpid(), signal.SIGKILL)
FrameProgress.show = show
sys.exit(main({arguments!r}))
"""


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('time2general_ros.replay.runs.source_run.PART', 5)


def killed(last: int, *arguments: object) -> None:
    """Run a replay that is killed with the signal that nobody can catch."""
    model = ['--model', tiny_folder().path, '--engine', 'openvino', '--threads', '1']
    words = ['replay', *map(str, [*arguments, *model])]
    done = subprocess.run(
        [sys.executable, '-c', CHILD.format(last=last, arguments=words)],
        cwd=TEST,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


def expected(spec: str, *, memory: bool = True) -> dict:
    segmenter = Segmenter(tiny_engine(), use_memory=memory)
    return summarise(evaluate(SegmenterPredictor(segmenter), open_data(spec, 'val'), [1]))


def check(topic: dict, report: dict) -> None:
    for name, figure in report['strides']['1'].items():
        if name != 'miou':
            assert topic[name] == figure, name
    pooled = ('miou', 'boundary_iou', 'per_class_iou', 'per_class_boundary_iou', 'frames')
    for name in (*pooled, 'absent_classes'):
        assert topic[name] == report[name], name
    assert topic['miou'] is not None
    assert topic['flicker'] is not None


def test_figures_of_a_data_set_and_of_a_bag_of_it_are_those_of_evaluate(tmp_path):
    folder = write_folder(tmp_path / 'data')
    report = expected(f'folder:{folder}')
    assert call(f'folder:{folder}', '--out', tmp_path / 'a') == 0
    bag = write_drive(tmp_path / 'drive.mcap', with_labels=True)
    assert call(bag, '--out', tmp_path / 'b', '--labels', LABELS) == 0
    assert (
        call(bag, '--topic', TOPIC, '--out', tmp_path / 'c', '--labels', f'folder:{folder}') == 0
    )
    maps = folder / 'val' / 'labels'
    assert call(bag, '--topic', TOPIC, '--out', tmp_path / 'd', '--labels', maps) == 0
    for name in 'abcd':
        ((topic,),) = [source['topics'] for source in results(tmp_path / name)['sources']]
        assert (topic['frames_in'], topic['frames_out'], topic['bad']) == (24, 24, {})
        check(topic, report)
    totals = results(tmp_path / 'a')['totals']
    assert totals['miou'] == report['miou']
    assert totals['mean_over_videos'] == report['strides']['1']['mean_over_videos']


def test_both_memory_modes_come_from_one_pass(tmp_path):
    folder = write_folder(tmp_path / 'data')
    assert call(f'folder:{folder}', '--out', tmp_path / 'out', '--memory', 'both') == 0
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    check(topic, expected(f'folder:{folder}'))
    check(topic['other_memory']['off'], expected(f'folder:{folder}', memory=False))
    assert [row['memory'] for row in rows(tmp_path / 'out')] == ['on', 'off'] * 24
    with BagReader(tmp_path / 'out' / 'masks.mcap') as reader:
        (name,) = (name for name in reader.topics if name.endswith('mask_memory_off'))
        assert reader.topics[name].count == 24


def test_videos_of_a_data_set_are_pooled_and_do_not_touch(tmp_path):
    folder = write_folder(tmp_path / 'data', [*range(10), *range(40, 52)])
    report = expected(f'folder:{folder}')
    assert call(f'folder:{folder}', '--out', tmp_path / 'out') == 0
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    check(topic, report)
    assert {row['video'] for row in rows(tmp_path / 'out')} == {0, 1}


def test_the_frames_hold_what_the_figures_are_made_of(tmp_path):
    bag = write_drive(tmp_path / 'drive.mcap', with_labels=True)
    assert call(bag, '--out', tmp_path / 'out', '--labels', LABELS) == 0
    listed = rows(tmp_path / 'out')
    assert pq.read_schema(tmp_path / 'out' / 'frames.parquet').names == SCHEMA.names
    (topic,) = results(tmp_path / 'out')['sources'][0]['topics']
    assert [row['frame'] for row in listed] == list(range(24))
    assert [row['stamp_ns'] for row in listed] == [stamp(index) for index in range(24)]
    for figure in ('flicker', 'flow_flicker'):
        values = [row[figure] for row in listed if row[figure] is not None]
        assert topic[figure] == pytest.approx(np.mean(values), abs=1e-4)
        assert len(values) == 23
    pixels = [sum(entry['pixels'] for entry in row['confusion']) for row in listed]
    assert pixels == [SIZE[0] * SIZE[1] - 4 * SIZE[1]] * 24
    assert np.array(topic['confusion']).sum() == sum(pixels)
    assert sum(topic['class_pixels']) == 24 * SIZE[0] * SIZE[1]
    changed = sum(row['flow_changed'] for row in listed[1:])
    assert sum(entry['pixels'] for entry in topic['churn']) == changed
    assert topic['health']['rate_hz'] == 10
    assert topic['frames_in'] == topic['frames_out'] + sum(topic['bad'].values())


def test_the_same_source_gives_the_same_results_at_once_and_in_pieces(tmp_path, capsys):
    folder = write_folder(tmp_path / 'labelled')
    bag = write_drive(
        tmp_path / 'drive.mcap', topics=['/left/image', '/right/image', '/camera/info']
    )
    for name, source, more in (
        ('data', f'folder:{folder}', ['--memory', 'both']),
        ('bag', bag, ['--copy', '/left/image', '--masks', 'png']),
    ):
        whole, again, pieces = (tmp_path / f'{name}_{n}' for n in range(3))
        assert call(source, '--out', whole, *more) == 0
        assert call(source, '--out', again, *more) == 0
        for last in (7, 1, 12):
            killed(last, source, '--out', pieces, *more)
            assert not (pieces / 'results.json').exists()
            assert [path.name for path in pieces.iterdir()] == ['.replay']
        capsys.readouterr()
        assert call(source, '--out', pieces, *more) == 0
        # Five images of the first piece were done, none of the second, and ten of the third.
        assert f'going on in {pieces} after 15 images' in capsys.readouterr().err
        assert sorted(p.name for p in pieces.iterdir()) == [
            'frames.parquet',
            'masks.mcap',
            'report.html',
            'results.json',
        ]
        for other in (again, pieces):
            assert (other / 'masks.mcap').read_bytes() == (whole / 'masks.mcap').read_bytes()
            assert lasting(other) == lasting(whole)
            assert rows(other) == rows(whole)
        assert results(pieces)['timing']['pieces'] == 3


def test_what_was_refused_before_a_cut_is_told_after_it(tmp_path):
    bag = tmp_path / 'drive.mcap'
    with BagWriter(bag) as writer:
        for index in range(14):
            message = rgb_message(index)
            if index in (2, 3, 7, 12):
                message = compressed_message(b'no' * index, 'png', stamp(index), 'front')
            writer.write(TOPIC, COMPRESSED, stamp(index), message)
    whole, pieces = tmp_path / 'whole', tmp_path / 'pieces'
    assert call(bag, '--out', whole, '--no-flow') == 3
    # Two parts are there, and of the third image after them nothing.
    killed(13, bag, '--out', pieces, '--no-flow')
    # A run of another source in between, in the same process.
    assert call(write_drive(tmp_path / 'good.mcap', 3), '--out', tmp_path / 'good') == 0
    assert call(bag, '--out', pieces, '--no-flow') == 3
    assert lasting(pieces) == lasting(whole)
    (topic,) = results(pieces)['sources'][0]['topics']
    assert topic['bad'] == {'decode': 4}
    assert topic['bad_examples'].keys() == {'decode'}
    assert results(tmp_path / 'good')['sources'][0]['topics'][0]['bad_examples'] == {}


def test_finished_work_is_not_done_twice(tmp_path, capsys, monkeypatch):
    bag = write_drive(tmp_path / 'drive.mcap')
    out = tmp_path / 'out'
    assert call(bag, '--out', out) == 0
    before = (out / 'results.json').read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(Segmenter, 'segment', None)
        assert call(bag, '--out', out) == 0
    assert 'nothing is done again' in capsys.readouterr().err
    assert (out / 'results.json').read_bytes() == before


@pytest.mark.parametrize(
    ('change', 'told'),
    [('source', 'other sources'), ('settings', 'other settings')],
)
def test_what_has_changed_starts_anew_and_leaves_no_old_results(tmp_path, capsys, change, told):
    bag, out = write_drive(tmp_path / 'drive.mcap'), tmp_path / 'out'
    assert call(bag, '--out', out) == 0
    (out / 'report.html').write_text('of the first run')
    if change == 'source':
        write_drive(bag, 20)
    more = ['--every', 2] if change == 'settings' else []
    capsys.readouterr()
    assert call(bag, '--out', out, *more) == 0
    assert f'holds another run ({told}): starting anew' in capsys.readouterr().err
    assert 'of the first run' not in (out / 'report.html').read_text()
    assert results(out)['totals']['frames_in'] == (20 if change == 'source' else 12)


@pytest.mark.parametrize('kind', ['images', 'data set'])
def test_images_with_other_times_in_their_names_start_anew(tmp_path, capsys, kind):
    folder, out = write_folder(tmp_path / 'data', range(4)), tmp_path / 'out'
    images = folder / 'val' / 'images'
    source = f'folder:{folder}' if kind == 'data set' else images
    assert call(source, '--out', out, '--no-flow') == 0
    for index in range(3, 0, -1):
        for name in ('images', 'labels'):
            place = folder / 'val' / name
            (place / f'drive_{stamp(index)}.png').rename(place / f'drive_{stamp(2 * index)}.png')
    capsys.readouterr()
    assert call(source, '--out', out, '--no-flow') == 0
    assert '(other sources): starting anew' in capsys.readouterr().err
    assert [row['stamp_ns'] for row in rows(out)] == [stamp(2 * index) for index in range(4)]


@pytest.mark.parametrize('kind', ['folder', 'data set', 'bag'])
def test_labels_that_have_changed_start_anew(tmp_path, capsys, kind):
    bag, out = write_drive(tmp_path / 'drive.mcap', 8), tmp_path / 'out'
    folder = write_folder(tmp_path / 'data', range(8))
    maps = folder / 'val' / 'labels'
    labelled = tmp_path / 'labelled.mcap'
    write_drive(labelled, 8, with_labels=True)
    where = {
        'folder': maps,
        'data set': f'folder:{folder}',
        'bag': f'bag:{labelled}?labels={LABELS}',
    }[kind]
    options = ('--out', out, '--labels', where, '--no-flow')
    assert call(bag, *options) == 0
    before = results(out)
    capsys.readouterr()
    assert call(bag, *options) == 0
    assert 'nothing is done again' in capsys.readouterr().err
    for file in maps.iterdir():
        file.write_bytes(png(np.full(SIZE, 3, np.uint8)))
    with patch('replay_samples.truth', lambda index: np.full(SIZE, 3, np.uint8)):
        write_drive(labelled, 8, with_labels=True)
    assert call(bag, *options) == 0
    assert '(other settings): starting anew' in capsys.readouterr().err
    after = results(out)
    assert after['run_id'] != before['run_id']
    assert after['totals']['confusion'] != before['totals']['confusion']


@pytest.mark.parametrize('role', ['labels', 'source'])
def test_another_description_of_a_data_set_starts_anew(tmp_path, capsys, role):
    folder, out = write_folder(tmp_path / 'data', range(4)), tmp_path / 'out'
    data = f'folder:{folder}'
    source = [data]
    if role == 'labels':
        source = [write_drive(tmp_path / 'drive.mcap', 4), '--labels', data]
    assert call(*source, '--out', out, '--no-flow') == 0
    before = results(out)['totals']['confusion']
    # Ids mean other classes now, and no label map has changed.
    classes = [{'name': name} for name in street_labels().classes]
    said = {'rate_hz': 1e9, 'classes': classes[::-1]}
    (folder / 'dataset.json').write_text(json.dumps(said))
    capsys.readouterr()
    assert call(*source, '--out', out, '--no-flow') == 0
    told = {'labels': 'other settings', 'source': 'other sources'}[role]
    assert f'({told}): starting anew' in capsys.readouterr().err
    assert results(out)['totals']['confusion'] != before


@pytest.mark.parametrize('name', ['frames.parquet', 'masks.mcap'])
def test_a_finished_run_whose_files_are_cut_off_is_done_again(tmp_path, capsys, name):
    bag, out = write_drive(tmp_path / 'drive.mcap', 8), tmp_path / 'out'
    assert call(bag, '--out', out, '--no-flow') == 0
    before = rows(out)
    (out / 'report.html').unlink()
    whole = (out / name).read_bytes()
    (out / name).write_bytes(whole[: len(whole) // 2])
    capsys.readouterr()
    page = tmp_path / 'page.html'
    assert main(['compare', str(out), str(out), '--page', str(page)]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith('error: ')
    assert 'replay again' in error
    assert call(bag, '--out', out, '--no-flow') == 0
    assert f'files of this run in {out} are damaged or missing' in capsys.readouterr().err
    assert rows(out) == before
    assert (out / 'report.html').is_file()


def test_results_of_another_schema_are_made_anew(tmp_path):
    bag, out = write_drive(tmp_path / 'drive.mcap'), tmp_path / 'out'
    assert call(bag, '--out', out) == 0
    text = (out / 'results.json').read_text()
    (out / 'results.json').write_text(text.replace('"schema": 1', '"schema": 0'))
    assert call(bag, '--out', out) == 0
    assert results(out)['schema'] == 1


@pytest.mark.parametrize('name', ['thesis.tex', 'results.json'])
def test_a_folder_of_other_things_is_left_alone(tmp_path, capsys, name):
    bag, out = write_drive(tmp_path / 'drive.mcap'), tmp_path / 'out'
    out.mkdir()
    (out / name).write_text('{"rows": []}')
    assert call(bag, '--out', out) == 1
    assert 'holds other files than a replay' in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == [name]


def test_two_replays_do_not_write_to_one_folder(tmp_path, capsys):
    from time2general_ros.replay.runs.parts import Parts

    bag, out = write_drive(tmp_path / 'drive.mcap'), tmp_path / 'out'
    with Parts(out).locked():
        assert call(bag, '--out', out) == 1
    assert 'another replay writes to' in capsys.readouterr().err


def test_the_bag_of_a_folder_holds_all_that_belongs_to_the_masks(tmp_path):
    bag = write_drive(tmp_path / 'drive.mcap')
    assert call(bag, '--out', tmp_path / 'out') == 0
    with BagReader(tmp_path / 'out' / 'masks.mcap') as reader:
        assert {name: info.count for name, info in reader.topics.items()} == {
            MASK: 24,
            '/camera/front/segmentation/confidence': 24,
            '/camera/front/segmentation/overlay/compressed': 24,
            '/camera/front/segmentation/label_info': 1,
            '/diagnostics': 3,
        }
        assert reader.damage is None
        masks = list(reader.messages(MASK))
    assert [item.log_time_ns for item in masks] == [stamp(i) + 5_000_000 for i in range(24)]
