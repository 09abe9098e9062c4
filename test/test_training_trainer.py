from __future__ import annotations

import csv
from dataclasses import replace
from importlib.util import find_spec
import json
from pathlib import Path
import shutil
from typing import Any

import cv2
import pytest
from tiny_model import TINY, tiny_folder
from training_samples import (  # noqa: F401
    batch_of,
    image_stage,
    one_thread,
    recipe_of,
    two_processes,
    video_stage,
    write_camvid,
)

torch = pytest.importorskip('torch', reason='torch is not installed')

from safetensors.torch import load_file, save_file  # noqa: E402
from torch import nn  # noqa: E402

from time2general_ros.model.checkpoint import load_network  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402
from time2general_ros.training import trainer as room  # noqa: E402
from time2general_ros.training import update  # noqa: E402
from time2general_ros.training.averaging import Averaged  # noqa: E402
from time2general_ros.training.batch import Batch  # noqa: E402
from time2general_ros.training.checkpoint import load_run  # noqa: E402
from time2general_ros.training.classes import class_table  # noqa: E402
from time2general_ros.training.errors import TrainingError  # noqa: E402
from time2general_ros.training.objective import learner  # noqa: E402
from time2general_ros.training.optimisation import build_optimiser, schedule  # noqa: E402
from time2general_ros.training.recipes.recipe import Recipe, Stage  # noqa: E402
from time2general_ros.training.recipes.recipe_file import load_recipe  # noqa: E402
from time2general_ros.training.soup import SoupError  # noqa: E402
from time2general_ros.training.trainer import Trainer  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')


def trainer_of(folder: Path, *stages: Stage, **changes: Any) -> Trainer:
    return Trainer(replace(recipe_of(*stages), **changes), folder / 'run', folder / 'cache')


def feed(monkeypatch: pytest.MonkeyPatch, *given: Batch) -> None:
    """Let stages train on these batches, again and again."""

    def endless(
        _: object, recipe: Recipe, stage: int, first: int, *__: object, **___: object
    ) -> list[Batch]:
        return [given[i % len(given)] for i in range(first, recipe.stages[stage].steps)]

    monkeypatch.setattr(room, 'batches', endless)
    monkeypatch.setattr(room.Material, 'sources', lambda *_: [])


def rows_of(trainer: Trainer) -> list[dict[str, str]]:
    with trainer.folder.log.open(newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def copied(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in tensors.items()}


@pytest.mark.parametrize('frames', [1, 3])
def test_training_lowers_the_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    monkeypatch.setattr(room, 'LOG_EVERY', 1)
    feed(monkeypatch, batch_of(1, frames))
    stage = image_stage(steps=10, frames=frames, warm_up=1, learning_rate=1e-2)
    trainer = trainer_of(tmp_path, stage)
    trainer.run()
    losses = [float(row['loss']) for row in rows_of(trainer)]
    assert max(losses[-2:]) < 0.8 * losses[0]


def test_the_log_has_a_row_per_logged_step_with_the_terms_of_its_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, 'LOG_EVERY', 2)
    monkeypatch.setattr(update, 'RAMP_STEPS', 1)
    trainer = trainer_of(
        tmp_path, image_stage(), video_stage(steps=2), camvid=write_camvid(tmp_path)
    )
    trainer.run()
    header, *_ = trainer.folder.log.read_text(encoding='utf-8').splitlines()
    assert header == (
        'stage,step,images_per_s,loss,rate,cross_entropy,mask,dice,presence,mtc,temporal,'
        'motion,appearance,overlap,features,answers,kept'
    )
    rows = rows_of(trainer)
    assert [(row['stage'], row['step']) for row in rows] == [
        ('image', '2'),
        ('image', '4'),
        ('video', '2'),
    ]
    for row in rows:
        empty = {name for name, value in row.items() if not value}
        over_time = {'temporal', 'mtc', 'motion', 'appearance'}
        left_out = {'overlap', 'features', 'answers', 'kept'}
        assert empty == left_out | (over_time if row['stage'] == 'image' else set())
        assert float(row['images_per_s']) > 0


def test_progress_counts_the_steps_of_all_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    told: list[tuple[int, int]] = []
    trainer = trainer_of(tmp_path, image_stage(steps=2), image_stage(name='more', steps=3))
    trainer.run(lambda done, total: told.append((done, total)))
    assert told == [(i, 5) for i in range(1, 6)]


@pytest.mark.parametrize('frozen', [True, False])
def test_frozen_statistics_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    feed(monkeypatch, batch_of(2, 2))
    trainer = trainer_of(tmp_path, image_stage(steps=1, frames=2, freeze_norm=frozen))
    norms = [m for m in trainer.model.modules() if isinstance(m, nn.BatchNorm2d)]
    before = [(norm.running_mean.clone(), norm.weight.clone()) for norm in norms]
    trainer.run()
    assert norms
    for norm, (mean, weight) in zip(norms, before, strict=True):
        assert torch.equal(norm.running_mean, mean) == frozen
        assert not torch.equal(norm.weight, weight)


@pytest.mark.parametrize(('name', 'mirrored'), [('lane', True), ('left lane', False)])
def test_what_is_of_a_side_is_not_learned_from_mirrored_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mirrored: bool
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    given, asked = room.batches, []

    def recorded(*args: Any, mirrored: bool) -> Any:
        asked.append(mirrored)
        return given(*args)

    monkeypatch.setattr(room, 'batches', recorded)
    classes = [name, *(f'class {i}' for i in range(18))]
    model = {**recipe_of().model, 'label_set': {'name': 'own', 'classes': classes}}
    trainer_of(tmp_path, image_stage(steps=1), model=model).run()
    assert asked == [mirrored]


def test_averaged_weights_follow_and_are_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    trainer = trainer_of(tmp_path, image_stage(steps=1))
    start = copied(trainer.model.state_dict())
    written = load_file(trainer.run())
    end = trainer.model.state_dict()
    assert written.keys() == end.keys()
    moved = 0
    for name, value in end.items():
        # A young average keeps a tenth of its start.
        expected = torch.lerp(start[name], value, 0.9) if value.is_floating_point() else value
        torch.testing.assert_close(written[name], expected)
        moved += int(not torch.equal(value, start[name]))
    assert moved > 100


def test_an_old_average_moves_by_the_decay_of_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    trainer = trainer_of(tmp_path, image_stage(steps=2), ema_decay=0.05)
    kept: list[dict[str, torch.Tensor]] = []
    trainer.run(lambda *_: kept.append(copied(trainer.averaged.tensors)))
    name = 'queries'
    expected = torch.lerp(kept[0][name], trainer.model.state_dict()[name], 0.95)
    torch.testing.assert_close(kept[1][name], expected)


def expect_stop(trainer: Trainer) -> str:
    with pytest.raises(TrainingError) as caught:
        trainer.run()
    return str(caught.value)


def test_a_loss_that_is_not_a_number_stops_with_stage_step_batch_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, 'SAVE_EVERY', 1)
    good = batch_of(2, 1)
    feed(monkeypatch, good, good, good._replace(images=good.images * float('nan')))
    stages = image_stage(name='early', steps=1), image_stage(name='late')
    trainer = trainer_of(tmp_path, *stages)
    message = expect_stop(trainer)
    for part in ("'late'", 'is nan', 'step 2', '(5, 1, 2)', 'lower learning_rate (0.002)'):
        assert part in message
    assert str(trainer.folder.state) in message
    feed(monkeypatch, good)
    resumed = trainer_of(tmp_path, *stages)
    assert (resumed.stage, resumed.step) == (1, 2)
    weights = load_file(resumed.run())
    assert all(value.isfinite().all() for value in weights.values())


def test_a_gradient_that_is_not_a_number_stops_before_it_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))

    def rooted(model: nn.Module, *_: object) -> tuple[torch.Tensor, dict[str, float]]:
        return sum(p.sum() for p in model.parameters()).mul(0).sqrt(), {'mask': 0.0}

    monkeypatch.setattr(learner, 'objective', rooted)
    trainer = trainer_of(tmp_path, image_stage())
    before = copied(dict(trainer.model.named_parameters()))
    assert 'gradient nan at step 0' in expect_stop(trainer)
    for name, value in trainer.model.named_parameters():
        assert torch.equal(value, before[name])


def test_only_matrices_and_kernels_decay() -> None:
    model = nn.ModuleDict({'a': nn.Linear(3, 2), 'b': nn.BatchNorm2d(4), 'c': nn.Conv2d(1, 2, 3)})
    model.register_parameter('queries', nn.Parameter(torch.zeros(5, 6)))
    decayed, plain = build_optimiser(model, image_stage(weight_decay=0.3)).param_groups
    assert (decayed['weight_decay'], plain['weight_decay']) == (0.3, 0.0)
    assert {p.ndim for p in decayed['params']} == {2, 4}
    assert len(decayed['params']) == 2
    assert len(plain['params']) == 5


def test_the_rate_warms_up_and_falls_along_a_cosine() -> None:
    stage = image_stage(steps=110, warm_up=10)
    rates = [schedule(step, stage) for step in range(111)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert rates[10] == pytest.approx(1)
    assert rates[60] == pytest.approx(0.51)
    assert rates[110] == pytest.approx(0.02)
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_class_weights_are_laid_out_by_id() -> None:
    table = class_table(TINY.label_set, {'pole': 3, 'bicycle': 0.5})
    assert table.shape == (256,)
    assert {i: v for i, v in enumerate(table.tolist()) if v != 1} == {5: 3.0, 18: 0.5}


def test_a_weight_of_an_unknown_class_is_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"class_weights name \['lamp'\]; .* has .*'road'"):
        trainer_of(tmp_path, image_stage(), image_stage(class_weights={'lamp': 2}))


def test_pictures_and_events_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, 'LOG_EVERY', 1)
    monkeypatch.setattr(room, 'SAMPLE_EVERY', 2)
    feed(monkeypatch, batch_of(1, 3))
    trainer = trainer_of(tmp_path, image_stage(steps=3, frames=3))
    trainer.run()
    pictures = sorted(trainer.folder.samples.iterdir())
    assert [picture.name for picture in pictures] == ['00-000002.png']
    assert cv2.imread(str(pictures[0])).shape == (64, 3 * 128, 3)
    if find_spec('tensorboard'):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(trainer.folder.tensorboard))
        events.Reload()
        assert [event.step for event in events.Scalars('loss')] == [1, 2, 3]


def test_a_name_that_holds_nothing_back_is_told_before_the_first_stage(tmp_path: Path) -> None:
    stages = image_stage(steps=1), image_stage(steps=1, frozen=('stabilty',))
    with pytest.raises(ConfigError, match=r"\['stabilty'\], and no .*stability8"):
        trainer_of(tmp_path, *stages)


def test_a_frozen_parameter_is_neither_learned_nor_averaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    trainer = trainer_of(tmp_path, image_stage(steps=2))
    frozen = trainer.model.queries.requires_grad_(requires_grad=False)
    before = frozen.detach().clone()
    assert all(frozen is not p for g in optimiser_groups(trainer) for p in g['params'])
    averaged = Averaged(trainer.model, 0.9)
    assert averaged.tensors['queries'].data_ptr() == frozen.data_ptr()
    trainer.run()
    assert torch.equal(frozen, before)


def optimiser_groups(trainer: Trainer) -> list[dict[str, Any]]:
    return build_optimiser(trainer.model, trainer.recipe.stages[0]).param_groups


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    config = {name: list(v) if isinstance(v, tuple) else v for name, v in TINY.to_dict().items()}
    recipe = {
        'name': 'two',
        'seed': 3,
        'model': config,
        'camvid': str(write_camvid(tmp_path)),
        'stages': [
            {'name': 'images', 'steps': 2, 'batch': 1, 'frames': 1, 'crop': [64, 64],
             'sources': {'camvid': 1.0}},
            {'name': 'video', 'steps': 2, 'batch': 1, 'frames': 2, 'crop': [64, 64],
             'sources': {'camvid': 1.0}},
        ],
    }  # fmt: skip
    file = tmp_path / 'two.yaml'
    file.write_text(json.dumps(recipe), encoding='utf-8')
    run = two_processes(
        *('-m', 'time2general_ros.cli.main', 'train', str(file), '--accelerator', 'cpu'),
        *('--out', str(tmp_path / 'run'), '--cache', str(tmp_path / 'cache')),
    )
    assert run.returncode == 0, run.stderr[-3000:]
    groups, progress = load_run(tmp_path / 'run' / 'state.safetensors')
    assert (progress['stage'], progress['step']) == (2, 0)
    alone = Trainer(load_recipe(file), tmp_path / 'alone', tmp_path / 'cache')
    alone.run()
    # Two processes see twice the pictures of one.
    assert not torch.equal(groups['model']['queries'], alone.model.state_dict()['queries'])
    assert all(value.isfinite().all() for value in groups['model'].values())
    assert (tmp_path / 'run' / 'model' / 'card.json').exists()


def test_a_run_starts_from_the_weights_it_is_given(tmp_path: Path) -> None:
    weights = tiny_folder().path / 'weights.safetensors'
    trainer = trainer_of(tmp_path, image_stage(steps=0), start=weights)
    shipped = load_network(weights, TINY.to_dict()).state_dict()
    for name, value in trainer.averaged.tensors.items():
        if not name.endswith('num_batches_tracked'):
            torch.testing.assert_close(value, shipped[name])
    other = replace(TINY, mask_width=16)
    with pytest.raises(ConfigError, match='does not fit its configuration'):
        trainer_of(tmp_path / 'other', image_stage(), start=weights, model=other.to_dict())


def test_the_ends_of_stages_are_kept_and_averaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    names = ('first', 'second', 'third')
    stages = [image_stage(name=name, steps=2) for name in names]
    trainer = trainer_of(tmp_path, *stages, average=('first', 'third'))
    final = load_file(trainer.run())
    first, second, third = (load_file(trainer.folder.stage(index)) for index in range(3))
    assert not torch.equal(first['queries'], third['queries'])
    for name, value in final.items():
        expected = torch.stack([first[name].float(), third[name].float()]).mean(dim=0)
        torch.testing.assert_close(value.float(), expected)
    assert not torch.equal(final['queries'], second['queries'])
    trainer.folder.stage(0).unlink()
    with pytest.raises(SoupError, match=r'to be averaged are not there: .*00'):
        trainer_of(tmp_path, *stages, average=('first', 'third')).run()


def test_weights_of_another_run_are_averaged_with_the_own_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, batch_of(2, 1))
    other = trainer_of(tmp_path / 'other', image_stage(steps=1))
    average = ('images', str(tmp_path / 'weights.safetensors'))
    stage = image_stage(name='images', steps=2)
    with pytest.raises(SoupError, match=r'not there: .*/weights\.safetensors; run the recipe'):
        trainer_of(tmp_path, stage, average=average).run()
    shutil.copy(other.run(), average[1])
    trainer = trainer_of(tmp_path, stage, average=average)
    final = load_file(trainer.run())
    parts = [load_file(trainer.folder.stage(0)), load_file(average[1])]
    for name in (name for name, value in final.items() if value.is_floating_point()):
        expected = torch.stack([part[name] for part in parts]).mean(dim=0)
        torch.testing.assert_close(final[name], expected)
    save_file({'queries': torch.zeros(1, 2)}, average[1])
    with pytest.raises(SoupError, match='is of another network than'):
        trainer_of(tmp_path, stage, average=average).run()
    Path(average[1]).write_bytes(b'nothing')
    with pytest.raises(SoupError, match=r'is damaged \('):
        trainer_of(tmp_path, stage, average=average).run()


def test_frozen_parts_do_not_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, batch_of(2, 1))
    trainer = trainer_of(tmp_path, image_stage(steps=2, frozen=('encoder', 'decoder.down4')))
    before = {name: value.clone() for name, value in trainer.model.named_parameters()}
    trainer.run()
    same = {
        name
        for name, value in trainer.model.named_parameters()
        if torch.equal(value, before[name])
    }
    held = {name for name in before if name.startswith(('encoder', 'decoder.down4'))}
    assert held <= same
    assert 'decoder.fuse4.0.weight' not in same


def test_parts_thaw_in_the_next_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, batch_of(2, 1))
    stages = (image_stage(name='held', steps=1, frozen=('encoder',)), image_stage(steps=1))
    trainer = trainer_of(tmp_path, *stages)
    before = {name: value.clone() for name, value in trainer.model.encoder.named_parameters()}
    trainer.run()
    assert any(
        not torch.equal(value, before[name])
        for name, value in trainer.model.encoder.named_parameters()
    )
