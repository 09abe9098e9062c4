"""``time2general train --from``: classes of one's own, from pictures to a model folder."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path
import re
import shutil
from types import SimpleNamespace

import cv2
import numpy as np
from own_pictures import CLASSES, describe, write_field, write_picture
import pytest
from tiny_model import tiny_folder
from training_samples import one_thread  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.cli.training import learned  # noqa: E402
from time2general_ros.cli.training.own_classes import told  # noqa: E402
from time2general_ros.data.labelled_video import DataError  # noqa: E402
from time2general_ros.data.specs import open_data  # noqa: E402
from time2general_ros.data.survey.survey import Survey  # noqa: E402
from time2general_ros.export import folder as export  # noqa: E402
from time2general_ros.labels.description import read_label_set  # noqa: E402
from time2general_ros.labels.files import load_label_set  # noqa: E402
from time2general_ros.streaming.engines import create_engine  # noqa: E402
from time2general_ros.streaming.model_folder import load_model_folder  # noqa: E402
from time2general_ros.training.own import prepare  # noqa: E402
from time2general_ros.training.own.parts import read_parts  # noqa: E402
from time2general_ros.training.recipes.recipe_file import load_recipe  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')
NAMES = [one['name'] for one in CLASSES]


def train(root: Path, out: Path, *more: object, start: object = None) -> int:
    start = tiny_folder().path if start is None else start
    words = ['--from', start, '--data', f'folder:{root}', '--out', out, '--minutes', 3]
    return main([str(word) for word in ['train', *words, '--accelerator', 'cpu', *more]])


@pytest.fixture(scope='module')
def few_steps() -> Iterator[None]:
    """
    Let each stage have the fewest steps, as on a machine that is slow beyond measure.

    The graph is left empty: making it is slow and has its own tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, 'export_onnx', lambda _, path, **__: path.write_bytes(b''))
        patch.setattr(learned, 'AUTO', 'torch')
        stages = ('heads', 'all', 'memory')
        patch.setattr(prepare, 'FEWEST', 2)
        patch.setattr(prepare, 'seconds_per_step', lambda *_: dict.fromkeys(stages, 1e9))
        yield


@pytest.fixture(scope='module')
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_field(tmp_path_factory.mktemp('data') / 'field')


@pytest.fixture(scope='module')
def run(few_steps: None, field: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp('runs') / 'orchard'
    torch.set_num_threads(1)
    assert train(field, out) == 0
    return out


def write_video(path: Path, frames: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10.0, (96, 64))
    for index in range(frames):
        writer.write(np.random.default_rng(index).integers(0, 255, (64, 96, 3), np.uint8))
    writer.release()
    return path


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """Give the error, which is one line and the last."""
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith('error: ')
    return lines[-1]


def test_pictures_become_a_model_with_their_classes(run: Path) -> None:
    model = load_model_folder(run / 'model')
    assert list(model.labels.classes) == NAMES
    assert model.labels.palette[0] == (0, 200, 0)
    engine = create_engine('torch', model, threads=1)
    image = np.zeros((1, 3, 64, 128), np.float32)
    unused = np.zeros((1, model.slots), np.float32)
    step = engine.step(image, [engine.new_bank()], unused, unused, [0])
    assert step.class_ids.max() < len(NAMES)
    assert model.card['name'] == 'orchard'
    assert str(tiny_folder().path) in model.card['data']
    assert 'not known' in model.card['terms']


def test_the_summary_has_the_figures_that_tools_read(run: Path) -> None:
    summary = json.loads((run / 'summary.json').read_text(encoding='utf-8'))
    assert summary['classes'] == NAMES
    assert 0 < summary['miou'] <= 100
    assert list(summary['per_class_iou']) == NAMES
    # One drive is held out.
    assert summary['miou_interval'] is None
    assert summary['hours'] > 0
    flicker = summary['flicker']
    assert flicker['measured_on'] == 'held-out stills in motion'
    assert flicker['ratio'] == pytest.approx(
        flicker['memory_on'] / flicker['memory_off'], abs=1e-3
    )
    assert 'learning curve' in summary['verdict']


def test_the_page_needs_no_other_file(run: Path) -> None:
    page = (run / 'summary.html').read_text(encoding='utf-8')
    assert all(name in page for name in NAMES)
    assert page.count('class="line c0"') >= 5
    assert len(re.findall('data:image/(?:jpeg|webp);base64,', page)) == 9
    assert not re.search(r'https?:', page)


def test_the_recipe_that_was_run_is_written_and_runs_again(
    run: Path, tmp_path: Path, few_steps: None
) -> None:
    recipe = load_recipe(run / 'recipe.yaml')
    assert [stage.name for stage in recipe.stages] == ['heads', 'all', 'memory']
    assert recipe.start == tiny_folder().path
    assert 0 < recipe.minutes <= 3
    words = ['train', run / 'recipe.yaml', '--out', tmp_path / 'again', '--accelerator', 'cpu']
    assert main([str(word) for word in words]) == 0
    first, again = (
        json.loads((folder / 'summary.json').read_text(encoding='utf-8'))
        for folder in (run, tmp_path / 'again')
    )
    assert again['per_class_iou'] == first['per_class_iou']


def test_heads_learn_before_the_rest_and_memory_last(run: Path) -> None:
    from safetensors.torch import load_file

    from time2general_ros.training.own.plan import HEADS, MEMORY

    ends = [load_file(run / 'stages' / f'{stage:02}.safetensors') for stage in range(3)]
    changed = [
        {name for name in a if not torch.equal(a[name], b[name])}
        for a, b in ((ends[0], ends[1]), (ends[1], ends[2]))
    ]
    assert any(name.startswith('encoder') for name in changed[0])
    assert changed[1]
    assert all(name.startswith(tuple(MEMORY)) for name in changed[1])
    begun = load_file(tiny_folder().path / 'weights.safetensors')
    held = [n for n in begun if n.startswith('encoder') and n.endswith('weight')]
    assert held
    assert not any(name.startswith(tuple(HEADS)) for name in held)
    for name in held:
        assert torch.equal(ends[0][name], begun[name].float()), name


def test_samples_and_looks_are_kept(run: Path) -> None:
    assert list((run / 'samples').glob('*.png'))
    looks = (run / 'checks.jsonl').read_text(encoding='utf-8').splitlines()
    assert {json.loads(look)['stage'] for look in looks} == {'heads', 'all'}


def test_the_same_command_goes_on(
    run: Path, field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'orchard'
    shutil.copytree(run, out)
    weights = (out / 'model' / 'weights.safetensors').read_bytes()
    shutil.rmtree(out / 'model')
    assert train(field, out) == 0
    assert 'going on with the run' in capsys.readouterr().err
    assert (out / 'model' / 'weights.safetensors').read_bytes() == weights


@pytest.mark.parametrize(
    ('more', 'words'),
    [
        (['--seed', 3], 'seed was 0, not 3'),
        (['--minutes', 9], 'minutes was 3.0, not 9.0'),
    ],
)
def test_a_folder_of_another_run_is_left_alone(
    run: Path, field: Path, capsys: pytest.CaptureFixture[str], more: list[object], words: str
) -> None:
    assert train(field, run, *more) == 1
    error = error_of(capsys)
    assert words in error
    assert 'another folder with --out' in error


def test_a_folder_of_other_data_or_of_a_recipe_is_left_alone(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_field(tmp_path / 'other')
    assert train(other, run) == 1
    assert 'data was' in error_of(capsys)
    (tmp_path / 'taken').mkdir()
    (tmp_path / 'taken' / 'log.csv').write_text('stage,step\n', encoding='utf-8')
    assert train(other, tmp_path / 'taken') == 1
    assert 'holds another run (log.csv)' in error_of(capsys)


def test_data_that_changed_is_told(
    run: Path, field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / 'field', tmp_path / 'out'
    shutil.copytree(field, root)
    shutil.copytree(run, out)
    question = json.loads((out / 'question.json').read_text(encoding='utf-8'))
    question['data'] = f'folder:{root}'
    (out / 'question.json').write_text(json.dumps(question), encoding='utf-8')
    write_picture(root / 'train', 'd_1', 5)
    assert train(root, out) == 1
    assert 'its drives are not those of now' in error_of(capsys)


def test_data_without_val_is_told_how_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_field(tmp_path / 'field')
    shutil.rmtree(root / 'val')
    assert train(root, tmp_path / 'out') == 1
    error = error_of(capsys)
    assert "no part 'val'" in error
    assert f'time2general data split folder:{root} --write' in error
    assert not (tmp_path / 'out' / 'recipe.yaml').exists()


def test_what_was_wrong_with_the_data_may_be_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], few_steps: None
) -> None:
    root = write_field(tmp_path / 'field')
    shutil.rmtree(root / 'val')
    assert train(root, tmp_path / 'out') == 1
    assert main(['data', 'split', f'folder:{root}', '--write']) == 0
    capsys.readouterr()
    assert train(root, tmp_path / 'out') == 0
    assert train(root, tmp_path / 'out', '--seed', 4) == 1
    assert 'seed was 0, not 4' in error_of(capsys)


def test_drives_in_both_parts_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_field(tmp_path / 'field')
    write_picture(root / 'val', 'b_7', 1)
    assert train(root, tmp_path / 'out') == 1
    error = error_of(capsys)
    assert "drive 'b'" in error
    assert 'in both train and val' in error
    assert 'a folder each below images/' in error
    for part, folder in (('train', 'north'), ('val', 'south')):
        for kind in ('images', 'labels'):
            (root / part / kind / folder).mkdir()
            for file in (root / part / kind).glob('b_*'):
                file.rename(file.parent / folder / file.name)
    parts = read_parts(f'folder:{root}')
    assert {*parts.held_out.drives} == {'c', 'south/b'}


def numbered(root: Path) -> Path:
    """Write stills as COCO and Ultralytics name them."""
    for number, part in enumerate(('train', 'train', 'val')):
        name = f'{9 + 16 * number:012}'
        write_picture(root, f'{part}/{name}', number)
        file = root / 'labels' / part / f'{name}.txt'
        file.with_suffix('.png').unlink()
        file.write_text('0 0 0 1 0 1 1\n', encoding='utf-8')
    said = 'train: images/train\nval: images/val\nnames: [crop, soil, sky]\n'
    (root / 'data.yaml').write_text(said, encoding='utf-8')
    return root


def test_stills_that_are_numbers_alone_are_learned_from_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = numbered(tmp_path / 'field')
    parts = read_parts(f'folder:{root}')
    model = SimpleNamespace(name='streets', card={}, labels=load_label_set('camvid11'))
    counts, warning, *_ = told(model, *parts)  # type: ignore[arg-type]
    assert counts == '2 pictures to learn from, 1 held out'
    assert 'warning: names that are numbers alone do not tell' in warning
    assert main(['data', 'check', f'folder:{root}']) == 0
    shown = capsys.readouterr().out
    assert 'train and val: names that are numbers alone do not tell' in shown
    assert 'drives are in both' not in shown


def test_videos_that_are_numbers_alone_are_one_drive(tmp_path: Path) -> None:
    root = tmp_path / 'field'
    describe(root, rate_hz=10)
    for number in range(8):
        write_picture(root / ('val' if number > 4 else 'train'), f'{number:04}', number)
    with pytest.raises(DataError, match=r"drive '\.' of .* is in both .* a folder each below"):
        read_parts(f'folder:{root}')


def test_a_part_that_is_a_link_to_the_other_is_refused(tmp_path: Path) -> None:
    root = numbered(tmp_path / 'field')
    for folder in (root / 'images', root / 'labels'):
        shutil.rmtree(folder / 'val')
        (folder / 'val').symlink_to('train')
    with pytest.raises(DataError, match=r'png is in both train and val'):
        read_parts(f'folder:{root}')


def test_one_folder_for_both_parts_is_refused(tmp_path: Path) -> None:
    root = numbered(tmp_path / 'field')
    said = 'train: images/train\nval: images/train\nnames: [crop, soil, sky]\n'
    (root / 'data.yaml').write_text(said, encoding='utf-8')
    with pytest.raises(DataError, match=r'009\.png is in both train and val'):
        read_parts(f'folder:{root}')


def test_ids_outside_the_set_are_told_with_file_value_and_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_field(tmp_path / 'field')
    path = root / 'train' / 'labels' / 'a_1.png'
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    labels[:2, :5] = 7
    cv2.imwrite(str(path), labels)
    assert train(root, tmp_path / 'out') == 1
    error = error_of(capsys)
    for words in ('a_1.png', '7', '10', 'data check'):
        assert words in error


def test_too_many_classes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_field(tmp_path / 'field')
    describe(root, classes=[f'class {i}' for i in range(256)])
    assert train(root, tmp_path / 'out') == 1
    assert '256' in error_of(capsys)


@pytest.mark.parametrize('fault', ['missing', 'empty', 'card', 'weights', 'text'])
def test_a_model_that_cannot_be_started_from_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    root, start = write_field(tmp_path / 'field'), tmp_path / 'start'
    if fault == 'empty':
        start.mkdir()
    elif fault == 'text':
        start.write_text('no model', encoding='utf-8')
    elif fault != 'missing':
        shutil.copytree(tiny_folder().path, start)
        file = start / ('card.json' if fault == 'card' else 'weights.safetensors')
        file.write_bytes(b'{"format": 1}' if fault == 'card' else b'nothing')
    assert train(root, tmp_path / 'out', start=start) == 1
    assert str(start) in error_of(capsys)
    assert not (tmp_path / 'out' / 'recipe.yaml').exists()


@pytest.mark.parametrize(
    ('words', 'told'),
    [
        ([], 'name a recipe, or what to start from'),
        (['--from', 'compact'], 'name a recipe, or what to start from'),
        (['--data', 'folder:x'], 'name a recipe, or what to start from'),
        (['some.yaml', '--from', 'compact'], 'leave out --from'),
        (['some.yaml', '--video', 'a.mp4'], 'leave out --video'),
        (['some.yaml', '--seed', '0'], 'leave out --seed'),
        (['some.yaml', '--all', '--minutes', '9'], 'leave out --minutes'),
        (['some.yaml', '--dry-run', '--video', 'a.mp4'], 'leave out --video'),
    ],
)
def test_a_recipe_or_the_two_that_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(['train', *words, '--out', str(tmp_path / 'out')]) == 1
    assert told in error_of(capsys)


def test_classes_that_share_nothing_still_learn_and_video_helps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], few_steps: None
) -> None:
    root = write_field(tmp_path / 'field', classes=['crop', 'soil', 'weed'])
    video = write_video(tmp_path / 'drive.mp4', 6)
    assert train(root, tmp_path / 'out', '--video', video) == 0
    told = capsys.readouterr().err
    assert 'knows none of the classes crop, soil, weed' in told
    assert 'few steps: give --minutes more' in told
    summary = json.loads((tmp_path / 'out' / 'summary.json').read_text(encoding='utf-8'))
    assert 'before' not in summary
    assert summary['flicker']['measured_on'].startswith('video without labels')
    assert summary['flicker']['memory_off'] is not None


def test_a_video_that_is_not_there_is_told_before_anything_is_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_field(tmp_path / 'field')
    assert train(root, tmp_path / 'out', '--video', tmp_path / 'gone.mp4') == 1
    assert 'gone.mp4 is neither a video nor a folder' in error_of(capsys)
    assert not (tmp_path / 'out').exists()


def test_what_cannot_be_run_is_not_scored_before(
    field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / 'part'
    shutil.copytree(tiny_folder().path, part)
    (part / 'model.onnx').unlink()
    (part / 'weights.safetensors').unlink()
    assert learned._before(part, open_data(f'folder:{field}', 'val')) is None
    assert f'{part} is not scored beside it' in capsys.readouterr().err


@pytest.mark.parametrize('taught', ['roads of India', None])
def test_what_becomes_of_classes_and_what_the_start_has_seen_is_told(taught: str | None) -> None:
    card = {'name': 'streets', 'data': taught} if taught else {'name': 'streets'}
    model = SimpleNamespace(name='streets', card=card, labels=load_label_set('camvid11'))
    groups = [{'name': 'thing', 'groups': ['pole', 'fence']}, 'road', 'left track']
    found = Survey(read_label_set(groups, 'own'))
    lines = told(model, found, found)  # type: ignore[arg-type]
    said = 'streets has learned from: roads of India; drives of these are no test of it'
    assert (said in lines) == bool(taught)
    assert 'classes that begin as one of streets: thing as pole, road as road' in lines
    assert 'new classes: left track' in lines
    assert 'pictures are not mirrored, since these are of a side: left track' in lines
    (gone,) = (line for line in lines if 'know no more' in line)
    assert gone == (
        'classes of streets that it will know no more: sky, building, pavement, tree, sign, car, '
        'pedestrian, bicyclist'
    )


def test_one_class_and_void_becomes_a_model(tmp_path: Path, few_steps: None) -> None:
    root = tmp_path / 'field'
    describe(root, classes=['drivable'])
    for part, drive in (('train', 'a'), ('val', 'b')):
        for number in range(2):
            write_picture(root / part, f'{drive}_{number}', number, (0, 255))
    assert train(root, tmp_path / 'out') == 0
    assert load_model_folder(tmp_path / 'out' / 'model').labels.classes == ('drivable',)
