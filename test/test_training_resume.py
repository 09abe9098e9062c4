from __future__ import annotations

from collections.abc import Callable
import csv
from dataclasses import replace
from pathlib import Path

import pytest
from training_samples import (  # noqa: F401
    image_stage,
    one_thread,
    recipe_of,
    video_stage,
    write_camvid,
)

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.training import trainer as room  # noqa: E402
from time2general_ros.training import update  # noqa: E402
from time2general_ros.training.checkpoint import StateError  # noqa: E402
from time2general_ros.training.errors import TrainingError  # noqa: E402
from time2general_ros.training.recipes.recipe import Recipe  # noqa: E402
from time2general_ros.training.run_log import RunLog  # noqa: E402
from time2general_ros.training.trainer import Trainer  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')
CROP = (64, 64)
IMAGE, VIDEO = 3, 2


class CutOffError(Exception):
    """Stands for a kill: nothing after it is done."""


@pytest.fixture(scope='module')
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    small = {'batch': 1, 'crop': CROP}
    stages = image_stage(steps=IMAGE, **small), video_stage(steps=VIDEO, **small)
    return replace(recipe_of(*stages), camvid=write_camvid(tmp_path_factory.mktemp('camvid')))


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Log every step and let consistency count from the first one on."""
    monkeypatch.setattr(room, 'LOG_EVERY', 1)
    monkeypatch.setattr(update, 'RAMP_STEPS', 1)


def train(recipe: Recipe, folder: Path, kill_at: int = 0) -> Trainer:
    trainer = Trainer(recipe, folder, folder / 'cache')

    def on_step(done: int, _: int) -> None:
        if done == kill_at:
            raise CutOffError

    if kill_at:
        with pytest.raises(CutOffError):
            trainer.run(on_step)
    else:
        trainer.run(on_step)
    return trainer


def log_of(trainer: Trainer) -> list[str]:
    """Read the log without the speed, which is the machine's."""
    lines = trainer.folder.log.read_text(encoding='utf-8').splitlines()
    return [','.join(line.split(',')[:2] + line.split(',')[3:]) for line in lines]


@pytest.fixture(scope='module')
def whole(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """Train without a cut, in one thread as the tests do."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, 'LOG_EVERY', 1)
        patch.setattr(update, 'RAMP_STEPS', 1)
        trainer = train(recipe, tmp_path_factory.mktemp('whole'))
    torch.set_num_threads(threads)
    return trainer


# The state after a step is saved once that step has been told, so a kill at step k loses it. That
# at the end of a stage is saved too.
@pytest.mark.parametrize(
    ('kill_at', 'stage', 'step'),
    [(1, 0, 0), (3, 0, 2), (IMAGE + 1, 1, 0), (IMAGE + 2, 1, 1)],
)
def test_a_run_resumes_bit_for_bit_after_a_kill(
    recipe: Recipe,
    whole: Trainer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kill_at: int,
    stage: int,
    step: int,
) -> None:
    monkeypatch.setattr(room, 'SAVE_EVERY', 1)
    train(recipe, tmp_path, kill_at)
    resumed = Trainer(recipe, tmp_path, tmp_path / 'cache')
    assert (resumed.stage, resumed.step) == (stage, step)
    resumed.run()
    assert_same(resumed, whole)


def test_steps_since_the_last_save_are_done_again(
    recipe: Recipe, whole: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, 'SAVE_EVERY', 2)
    train(recipe, tmp_path, IMAGE)
    resumed = Trainer(recipe, tmp_path, tmp_path / 'cache')
    assert (resumed.stage, resumed.step) == (0, 2)
    resumed.run()
    assert_same(resumed, whole)


def assert_same(trainer: Trainer, other: Trainer) -> None:
    for mine, its in (
        (trainer.model.state_dict(), other.model.state_dict()),
        (trainer.averaged.tensors, other.averaged.tensors),
    ):
        assert [name for name, value in mine.items() if not torch.equal(value, its[name])] == []
    assert trainer.folder.weights.read_bytes() == other.folder.weights.read_bytes()
    assert log_of(trainer) == log_of(other)


def test_the_steps_of_this_test_do_train(recipe: Recipe, whole: Trainer, tmp_path: Path) -> None:
    fresh = Trainer(recipe, tmp_path, tmp_path)
    still = {
        name
        for name, value in fresh.model.state_dict().items()
        if torch.equal(value, whole.model.state_dict()[name])
    }
    # These learn only where something looks otherwise than it did.
    assert still <= {'decoder.believe.strictness', 'decoder.believe.tolerance'}


def test_a_finished_run_has_nothing_left_to_do(
    recipe: Recipe, whole: Trainer, tmp_path: Path
) -> None:
    del tmp_path
    again = Trainer(recipe, whole.folder.path, whole.folder.path)
    told: list[int] = []
    again.run(lambda done, _: told.append(done))
    assert told == []
    assert_same(again, whole)


def test_a_log_forgets_what_comes_again(tmp_path: Path) -> None:
    log = RunLog(tmp_path / 'log.csv')
    log.forget('a', 0, [])
    assert not log.path.exists()
    for stage, step in (('a', 20), ('a', 40), ('b', 20), ('b', 40), ('c', 20)):
        log.add({'stage': stage, 'step': step, 'loss': 1.25}, step)
    before = log.path.read_bytes().splitlines()
    log.forget('b', 20, ['c'])
    assert log.path.read_bytes().splitlines() == before[:4]
    assert [p.name for p in tmp_path.iterdir()] == ['log.csv']


def logged(folder: Path) -> RunLog:
    log = RunLog(folder / 'log.csv')
    for step in (20, 40, 60):
        log.add({'stage': 'a', 'step': step, 'loss': 1.25}, step)
    return log


# What a full disk leaves, and a power cut.
@pytest.mark.parametrize(
    ('damage', 'kept'),
    [
        (lambda data: b'', 0),
        (lambda data: data[:20], 0),
        (lambda data: data[: data.index(b'\n') + 1], 0),
        (lambda data: data[:-1], 2),
        (lambda data: data[:-10], 2),
        (lambda data: data[: data.rindex(b'a,60') + 3], 2),
        (lambda data: data[: data.rindex(b'a,60')], 2),
        (lambda data: data[:-10] + bytes(10), 2),
        (lambda data: data + b'\xff\xfe', 3),
        (lambda data: data + bytes(4096), 3),
        (lambda data: data[data.index(b'\n') + 1 :], 3),
        (lambda data: data.replace(b'loss,', b'loss,other,').replace(b'1.25,', b'1.25,7,'), 3),
        (lambda data: data.replace(b'a,40', b'a,forty'), 2),
        (lambda data: data.replace(b'a,40', b''), 2),
    ],
)
def test_a_log_goes_on_after_whatever_a_full_disk_left(
    tmp_path: Path, damage: Callable[[bytes], bytes], kept: int
) -> None:
    log = logged(tmp_path)
    whole = log.path.read_bytes()
    log.path.write_bytes(damage(whole))
    log.forget('a', 60, [])
    lines = log.path.read_bytes().splitlines(keepends=True)
    assert lines[0] == whole.splitlines(keepends=True)[0]
    assert len(lines) == 1 + kept
    assert set(lines) <= set(whole.splitlines(keepends=True))
    log.add({'stage': 'a', 'step': 80, 'loss': 1.5}, 80)
    with log.path.open(newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == kept + 1
    assert (rows[-1]['step'], rows[-1]['loss']) == ('80', '1.5')


def test_an_empty_log_gets_its_header_with_the_first_row(tmp_path: Path) -> None:
    (tmp_path / 'log.csv').write_bytes(b'')
    with logged(tmp_path).path.open(newline='', encoding='utf-8') as file:
        assert [row['step'] for row in csv.DictReader(file)] == ['20', '40', '60']


@pytest.mark.parametrize('damage', [b'', b'{', bytes(64)])
def test_a_run_resumes_with_a_damaged_log(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    monkeypatch.setattr(room, 'SAVE_EVERY', 1)
    train(recipe, tmp_path, IMAGE)
    (tmp_path / 'log.csv').write_bytes(damage)
    resumed = Trainer(recipe, tmp_path, tmp_path / 'cache')
    assert (resumed.stage, resumed.step) == (0, IMAGE - 1)
    assert len(log_of(resumed)) == 1


@pytest.mark.parametrize('content', [b'', b'{}', bytes(8), b'\xff' * 100])
def test_a_damaged_state_names_the_remedy(recipe: Recipe, tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'state.safetensors').write_bytes(content)
    with pytest.raises(StateError, match='delete it to start anew'):
        Trainer(recipe, tmp_path, tmp_path / 'cache')


def test_a_state_of_another_model_is_told(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, 'SAVE_EVERY', 1)
    train(recipe, tmp_path, 2)
    other = replace(
        recipe,
        model={
            **recipe.model,
            'slots': 1,
            'width': 2 * Trainer(recipe, tmp_path / 'other', tmp_path).config.width,
        },
    )
    with pytest.raises(TrainingError, match='of another model than the recipe'):
        Trainer(other, tmp_path, tmp_path / 'cache')
