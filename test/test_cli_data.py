from __future__ import annotations

import json
import os
from pathlib import Path
import re
import subprocess
import sys

import cv2
import numpy as np
import polygon_samples as samples
import pytest

from time2general_ros.cli.main import main
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.sets.plain import folder_splits, open_folder
from time2general_ros.data.specs import open_data
from time2general_ros.data.survey.likeness import look_of, nearly_same
from time2general_ros.data.survey.proposal import propose_val
from time2general_ros.data.survey.survey import DriveFacts, survey

SIZE = samples.SIZE


def frame(root: Path, name: str, ids=None, seed=0) -> None:
    image = np.random.default_rng([seed, *name.encode()]).integers(0, 255, (*SIZE, 3), np.uint8)
    for part, pixels in (('images', image), ('labels', ids)):
        path = root / part / f'{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        if pixels is not None:
            assert cv2.imwrite(str(path), pixels)


def ids(crop: int, weed: int = 0, void: int = 0) -> np.ndarray:
    """Make a map of soil with so many rows of others."""
    pixels = np.zeros(SIZE, np.uint8)
    pixels[:crop] = 1
    pixels[crop : crop + weed] = 2
    pixels[SIZE[0] - void :] = 255
    return pixels


def describe(root: Path, **content) -> Path:
    given = {'rate_hz': 10, 'classes': samples.CLASSES, **content}
    samples.write(root / 'dataset.json', json.dumps(given))
    return root


@pytest.fixture
def field(tmp_path):
    """Make two drives to learn from, and one for validation that has faults of every kind."""
    root = describe(tmp_path / 'field')
    for drive in 'ab':
        for number in range(4):
            frame(root / 'train', f'{drive}_{number}', ids(4, 2, void=2))
    frame(root / 'train', 'b_4')
    for number, pixels in enumerate((ids(5), np.full(SIZE, 255, np.uint8), ids(5), None)):
        frame(root / 'val', f'b_{number}', pixels)
    return root


def check(*arguments: str) -> int:
    return main(['data', 'check', *map(str, arguments)])


def test_check_tells_what_there_is(field, capsys, tmp_path):
    sheet, figures = tmp_path / 's.png', tmp_path / 'f.json'
    assert check(f'folder:{field}', '--sheet', sheet, '--json', figures) == 0
    report = json.loads(figures.read_text('utf-8'))
    train = report['parts']['train']
    assert (train['frames'], train['labelled'], train['videos']) == (9, 8, 2)
    assert train['drives'] == {'a': 4, 'b': 5}
    assert train['rates_hz'] == [10, 10]
    assert train['sizes'] == {'30x20': 9}
    assert train['class_percent'] == {'soil': 60, 'crop': 20, 'weed': 10}
    assert train['class_images'] == {'soil': 8, 'crop': 8, 'weed': 8}
    assert train['class_drives'] == {'soil': 2, 'crop': 2, 'weed': 2}
    assert train['void_percent'] == 10
    shown = cv2.imread(str(sheet))
    assert shown.shape[1] == 4 * 326
    assert [0, 0, 0] not in shown[3, 3:300:50].tolist()
    printed = capsys.readouterr().out
    assert '60.00 (8, 2)' in printed
    assert 'train: sizes 30x20 (9)' in printed
    lines = [' '.join(line.split()) for line in printed.splitlines() if line.strip()]
    assert lines[0] == 'part frames labelled drives videos stills Hz void %'
    assert lines[2] == 'train 9 8 2 2 0 10 10.00'
    assert all(text in printed for text in report['suspicious'])


def test_check_tells_what_is_suspicious(field, capsys):
    assert check(f'folder:{field}') == 0
    printed = capsys.readouterr().out
    for words in (
        'val: classes that never occur: weed',
        'val: 1 label maps hold no class at all: b_1',
        'train: only 8 frames have labels',
        '1 drives are in both train and val: b;',
        'pictures of train are nearly the same as in val: b_0 and b_0',
        'weed occurs in train but not in val',
    ):
        assert words in printed


def test_check_tells_of_classes_of_one_drive(tmp_path, capsys):
    root = describe(tmp_path)
    for name, weed in (('a_0', 2), ('a_1', 2), ('b_0', 0)):
        frame(root / 'train', name, ids(4, weed))
    assert check(f'folder:{root}') == 0
    assert 'train: classes of one drive alone, which cannot be on both sides: weed' in (
        capsys.readouterr().out
    )


def test_pictures_are_alike_that_were_saved_again_and_not_those_of_one_road():
    noise = np.random.default_rng(3)
    road = cv2.resize(noise.integers(0, 255, (6, 8, 3), np.uint8), (160, 120))
    _, jpeg = cv2.imencode('.jpg', cv2.resize(road, (100, 80)), [cv2.IMWRITE_JPEG_QUALITY, 40])
    again = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    later = np.roll(road, 10, axis=1)
    black = np.zeros((40, 60, 3), np.uint8)
    one = [('road', look_of(road)), ('night', look_of(black))]
    other = [('later', look_of(later)), ('again', look_of(again)), ('dark', look_of(black))]
    assert nearly_same(one, other) == [('road', 'again')]
    assert nearly_same(one, other[:1]) == []
    assert nearly_same(one, []) == []


def test_check_asks_for_val_and_for_what_lies_around_outlines(tmp_path, capsys):
    root = describe(tmp_path)
    for number in (0, 1, 2, 9, 10):
        frame(root / 'train', f'a_{number}')
        samples.yolo(root / 'train' / 'labels' / f'a_{number}.txt')
    shapes = [{'label': 'crop', 'points': samples.pairs(samples.CROP)}]
    shapes.append({'label': 'crop', 'shape_type': 'point', 'points': [[1, 1]]})
    frame(root / 'train', 'a_3')
    samples.labelme(root / 'train' / 'labels' / 'a_3.json', 'a_3.png', shapes=shapes)
    assert check(f'folder:{root}') == 0
    printed = capsys.readouterr().out
    for words in (
        'there is no part "val"',
        '% of the labelled pixels are void; "background" in dataset.json says',
        'frames are missing: 1 drives make 2 videos',
        'train: pixels in shapes of several classes: 20',
        'train: shapes without an area (point), left out: 1',
    ):
        assert words in printed


def test_check_tells_of_classes_of_one_colour(tmp_path, capsys):
    twins = [{'name': name, 'colour': [1, 2, 3]} for name in ('crop', 'weed')]
    root = describe(tmp_path, classes=['soil', *twins])
    frame(root / 'train', 'a_1', ids(4, 2))
    assert check(f'folder:{root}') == 0
    assert 'crop, weed have the same colour, [1, 2, 3]' in capsys.readouterr().out


@pytest.mark.parametrize('coding', ['utf-8:strict', 'ascii'])
def test_names_that_a_terminal_cannot_show_are_told_and_written(tmp_path, coding):
    root = describe(tmp_path / 'field', classes=['Erde 土', 'crop', 'weed'], rate_hz=None)
    for name in ('a_1', 'b_1', 'c_1'):
        frame(root / 'train', name, ids(4, 2))
    for part in ('images', 'labels'):
        folder = root / 'train' / part
        try:
            (folder / 'c_1.png').rename(folder / os.fsdecode(b'\xff_1.png'))
        except OSError as error:
            pytest.skip(f'files have no such names here: {error}')
    words = [f'folder:{root}', '--split', 'train', '--sheet', str(tmp_path / 'sheet.png')]
    for command in (['check', *words], ['split', words[0]], ['split', words[0], '--write']):
        run = subprocess.run(
            [sys.executable, '-m', 'time2general_ros.cli.main', 'data', *command],
            env={**os.environ, 'PYTHONIOENCODING': coding},
            capture_output=True,
            check=False,
        )
        assert (run.returncode, run.stderr.count(b'Error')) == (0, 0), run.stderr
        assert b'crop' in run.stdout
    assert set(folder_splits(root)) == {'train', 'val'}
    everything = [open_data(f'folder:{root}', name) for name in ('train', 'val')]
    assert sum(len(data.videos) for data in everything) == 3


@pytest.mark.parametrize('size', [(1, 1), (1, 400), (400, 1)])
def test_pictures_of_a_single_pixel_or_line_are_read(tmp_path, size, capsys):
    root = describe(tmp_path / 'field')
    for part, side in (('images', 3), ('labels', 1)):
        path = root / 'train' / part / 'a_1.png'
        path.parent.mkdir(parents=True)
        assert cv2.imwrite(str(path), np.zeros((*size, side), np.uint8))
    assert check(f'folder:{root}', '--sheet', tmp_path / 'sheet.png') == 0
    assert f'sizes {size[1]}x{size[0]} (1)' in capsys.readouterr().out
    assert main(['data', 'split', f'folder:{root}']) == 1
    assert 'record another drive' in capsys.readouterr().err


def test_check_lists_faults_and_goes_on(field, capsys):
    frame(field / 'train', 'a_1', np.full(SIZE, 9, np.uint8))
    (field / 'train' / 'images' / 'a_2.png').write_bytes(b'x')
    assert check(f'folder:{field}') == 1
    printed = capsys.readouterr().out
    assert 'a_1.png holds unknown label ids: 9' in printed
    assert 'a_2.png cannot be read' in printed


@pytest.mark.parametrize('where', ['folder:nowhere', 'any:x', 'folder:'])
def test_check_refuses_what_is_no_data_in_a_line(where, capsys):
    assert check(where) == 1
    assert capsys.readouterr().err.startswith('error: ')


def test_stills_and_steps_are_counted(tmp_path):
    root = describe(tmp_path, rate_hz=None)
    for i, step in enumerate((0, 0.1, 0.2, 0.3, 0.46)):
        frame(root / 'train', f'a_{1_790_000_000 + step:.2f}', ids(i + 1))
    frame(root / 'train', 'IMG_7', ids(3))
    found = survey(open_folder(root, 'train'))
    assert (found.videos, found.stills, found.uneven) == (2, 1, 1)
    assert found.drives.keys() == {'a', 'IMG'}


def facts(frames: int, *pixels: int) -> DriveFacts:
    return DriveFacts(frames, frames, np.array(pixels))


def test_val_gets_whole_drives_with_their_share_of_every_class():
    drives = {f'd{i:02}': facts(10, 100, 10) for i in range(9)}
    drives['x'] = facts(10, 100, 0)
    aside = propose_val(drives, 0.2)
    assert len(aside) == 2
    assert aside == propose_val(dict(reversed(drives.items())), 0.2)


def test_a_class_of_two_drives_is_on_both_sides():
    drives = {f'd{i:02}': facts(10, 100, 0) for i in range(10)}
    drives |= {'r1': facts(10, 100, 9), 'r2': facts(10, 100, 9)}
    assert len({'r1', 'r2'} & {*propose_val(drives, 0.1)}) == 1


@pytest.mark.parametrize(
    ('drives', 'words'),
    [
        ({'a': facts(9, 1)}, "are of one drive, 'a' by their names"),
        ({'a': facts(9, 1), 'b': facts(0, 0)}, 'are of one drive'),
        ({'a': facts(0, 0)}, 'no frame has labels'),
        ({'.': facts(9, 1)}, "'.' by their names.*may be moved to val by hand"),
    ],
)
def test_what_cannot_be_split_by_drive_is_refused(drives, words):
    with pytest.raises(DataError, match=words):
        propose_val(drives, 0.2)


@pytest.mark.parametrize('described', ['dataset.json', 'classes.txt'])
def test_a_split_is_written_and_read_again(tmp_path, capsys, described):
    root = tmp_path / 'field'
    if described == 'dataset.json':
        describe(root, background='soil')
    else:
        samples.write(root / 'classes.txt', '\n'.join(samples.CLASSES))
    for drive in 'abcde':
        for number in range(3):
            frame(root / 'train', f'{drive}_{number}', ids(4, 2))
    assert main(['data', 'split', f'folder:{root}']) == 0
    assert '"splits": {"train": {"of": "train"' in capsys.readouterr().out
    assert main(['data', 'split', f'folder:{root}', '--write', '--share', '40']) == 0
    drives = {
        part: {v.drive for v in open_data(f'folder:{root}', part).videos}
        for part in ('train', 'val')
    }
    assert [len(drives[part]) for part in ('train', 'val')] == [3, 2]
    assert drives['train'] | drives['val'] == {*'abcde'}
    if described == 'dataset.json':
        content = json.loads((root / 'dataset.json').read_text('utf-8'))
        assert content['background'] == 'soil'


def test_only_folders_are_split(capsys):
    assert main(['data', 'split', 'idd-lite:/data']) == 1
    assert 'has parts of its own' in capsys.readouterr().err


def six_drives(root: Path, part: str = 'all', **content) -> Path:
    describe(root, **content)
    for drive in 'abcdef':
        for number in range(2):
            frame(root / part, f'{drive}_{number}', ids(4, 2))
    return root


def split(root: Path, *more: str) -> int:
    return main(['data', 'split', f'folder:{root}', '--write', *more])


def drives_in(root: Path, part: str) -> set[str]:
    return {video.drive for video in open_data(f'folder:{root}', part).videos}


def said_of(drives: str) -> dict[str, object]:
    return {'of': 'all', 'drives': [*drives]}


@pytest.mark.parametrize('of', ['all', 'train'])
def test_train_and_val_are_made_anew_of_all_their_drives(tmp_path, capsys, of):
    root = six_drives(tmp_path / 'field', of)
    assert split(root, '--of', of) == 0
    first = {part: drives_in(root, part) for part in ('train', 'val')}
    written = (root / 'dataset.json').read_bytes()
    capsys.readouterr()
    assert split(root) == 1
    words = f"has the part 'val' already, whose drives would be lost; --of {of} makes"
    assert words in capsys.readouterr().err
    assert (root / 'dataset.json').read_bytes() == written
    assert split(root, '--of', of, '--share', '50') == 0
    assert len(drives_in(root, 'val')) == 3
    assert split(root, '--of', of) == 0
    assert {part: drives_in(root, part) for part in ('train', 'val')} == first
    assert first['train'] | first['val'] == {*'abcdef'}


def test_other_parts_keep_their_drives_when_a_set_is_split(tmp_path, capsys):
    splits = {'train': said_of('abcd'), 'val': said_of('e'), 'test': said_of('f')}
    root = six_drives(tmp_path / 'field', splits=splits)
    assert split(root) == 1
    assert '--of all makes train and val anew' in capsys.readouterr().err
    assert split(root, '--of', 'all', '--share', '40') == 0
    assert drives_in(root, 'test') == {'f'}
    assert drives_in(root, 'train') | drives_in(root, 'val') == {*'abcde'}
    assert len(drives_in(root, 'val')) == 2


def test_a_part_that_lies_elsewhere_is_still_found_when_it_is_split(tmp_path):
    root = six_drives(tmp_path / 'field', 'train')
    (root / 'train').rename(root / 'raw')
    described = json.loads((root / 'dataset.json').read_text())
    places = {'images': 'raw/images', 'labels': 'raw/labels'}
    (root / 'dataset.json').write_text(json.dumps({**described, 'splits': {'train': places}}))
    assert split(root) == 0
    assert split(root, '--of', 'train') == 0
    assert drives_in(root, 'train') | drives_in(root, 'val') == {*'abcdef'}
    assert len(drives_in(root, 'val')) < 3


@pytest.mark.parametrize(
    ('splits', 'options', 'told'),
    [
        ({'pool': {'of': 'all', 'drives': [*'abcd']}}, (), "'pool' of .* give --of all"),
        ({'test': {'of': 'all'}}, ('--of', 'all'), "'test' of .* has all drives of 'all'"),
    ],
)
def test_parts_that_would_share_drives_are_not_split(tmp_path, capsys, splits, options, told):
    root = six_drives(tmp_path / 'field', splits=splits)
    assert split(root, *options) == 1
    assert re.search(told, capsys.readouterr().err)


def test_a_part_of_chosen_drives_is_split_and_no_other_drive_comes_in(tmp_path):
    root = six_drives(tmp_path / 'field', splits={'train': said_of('abcd'), 'test': said_of('f')})
    assert split(root, '--of', 'train') == 0
    assert drives_in(root, 'train') | drives_in(root, 'val') == {*'abcd'}
    assert drives_in(root, 'test') == {'f'}


def test_a_val_that_was_not_made_of_drives_is_not_hidden(field, capsys):
    assert split(field) == 1
    error = capsys.readouterr().err
    assert "has the part 'val' already, whose drives would be lost; keep it if" in error
    assert len(drives_in(field, 'val')) == 1
    describe(field, splits={'train': {}, 'val': {'images': 'val/images'}})
    assert split(field) == 1
    assert 'keep what is there, or call it otherwise' in capsys.readouterr().err


def test_folders_stay_parts_when_another_is_split(tmp_path, capsys):
    root = six_drives(tmp_path / 'field')
    frame(root / 'test', 'z_0', ids(4))
    assert split(root) == 1
    assert 'has the parts all, test; --of says which to split' in capsys.readouterr().err
    assert split(root, '--of', 'all') == 0
    assert set(folder_splits(root)) == {'train', 'val', 'test'}
    assert drives_in(root, 'test') == {'z'}


@pytest.mark.parametrize('text', ['', 'train,', ','])
def test_a_list_of_parts_with_a_gap_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(['data', 'check', 'folder:x', '--split', text])
    assert f'{text!r} is no list of parts' in capsys.readouterr().err
