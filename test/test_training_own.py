"""The parts of ``train --from``: time, looks at held-out drives, footage, what is kept."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from own_pictures import write_field
import pytest
from tiny_model import TINY, tiny_folder
from tiny_vits import save_vit, tiny_config
from training_samples import batch_of, image_stage, one_thread, recipe_of  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.data.survey.survey import Survey  # noqa: E402
from time2general_ros.labels.description import read_label_set  # noqa: E402
from time2general_ros.labels.files import load_label_set  # noqa: E402
from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.config import ConfigError  # noqa: E402
from time2general_ros.training import footage, pace  # noqa: E402
from time2general_ros.training.errors import TrainingError  # noqa: E402
from time2general_ros.training.footage import footage_takes  # noqa: E402
from time2general_ros.training.objective.imitation import kept_error, kept_tables  # noqa: E402
from time2general_ros.training.optimisation import hold  # noqa: E402
from time2general_ros.training.own.curve import Point, learning_curve, verdict  # noqa: E402
from time2general_ros.training.own.plan import HEADS, MEMORY, class_weights, plan  # noqa: E402
from time2general_ros.training.own.question import Question  # noqa: E402
from time2general_ros.training.pace import Pace  # noqa: E402
from time2general_ros.training.recipes.recipe import DataSource, HeldOut, RecipeError  # noqa: E402
from time2general_ros.training.recipes.recipe_file import load_recipe  # noqa: E402
from time2general_ros.training.teachers.held_out import HeldOutDrives, Watch, read_checks  # noqa: E402
from time2general_ros.training.trainer import Trainer  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')
STREETS = load_label_set('cityscapes19')
FARM = read_label_set(['crop', {'name': 'vehicle', 'groups': ['car', 'truck']}, 'sky'], 'farm')


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(pace.time, 'monotonic', lambda: self.now)


def test_a_stage_is_as_far_as_its_steps_or_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    slow = Pace(image_stage(steps=100, minutes=2.0), spent_s=30.0)
    assert (slow.spent_s, slow.is_over, slow.step(10), slow.step(40)) == (30.0, False, 25, 40)
    clock.now += 90
    assert (slow.is_over, slow.step(40)) == (True, 100)
    endless = Pace(image_stage(steps=100), spent_s=1e6)
    assert (endless.is_over, endless.step(3)) == (False, 3)


class Scripted:
    """Drives on which a network is as good as it is told to be."""

    def __init__(self, *scores: float) -> None:
        self._scores = iter(scores)

    def score(self, _: object) -> tuple[float, dict[str, float | None]]:
        score = next(self._scores)
        return score, {'crop': score, 'sky': None}


def watch_of(tmp_path: Path, *scores: float) -> Watch:
    drives: Any = Scripted(*scores)
    return Watch(HeldOut('own', checks=4, patience=2), drives, tmp_path / 'checks.jsonl')


def test_a_watch_remembers_what_was_best_and_when_it_is_enough(tmp_path: Path) -> None:
    watch, stage, network = watch_of(tmp_path, 40, 50, 45, 48), image_stage(steps=8), Any
    assert [step for step in range(1, 9) if watch.is_due(stage, step)] == [2, 4, 6, 8]
    enough = []
    for step in (2, 4, 6, 8):
        watch.look(network, stage, step)  # type: ignore[arg-type]
        enough.append(watch.is_enough(stage.name))
    assert enough == [False, False, False, True]
    best = watch.best(stage.name)
    assert best is not None
    assert (best.step, best.miou) == (4, 50)
    assert watch.best('another') is None
    assert read_checks(tmp_path / 'checks.jsonl') == watch.checks
    again = watch_of(tmp_path)
    again.forget(stage.name, 4, ['later'])
    assert [check.step for check in again.checks] == [2, 4]
    again.forget('before', 9, [stage.name])
    assert again.checks == []


def test_held_out_drives_are_scored_in_their_classes(tmp_path: Path) -> None:
    root = write_field(tmp_path / 'field')
    labels = load_label_set(str(_set_file(tmp_path, root)))
    source = DataSource(f'folder:{root}', 'val')
    network = build_model(replace(TINY, label_set=labels)).eval()
    miou, per_class = HeldOutDrives(source, HeldOut('own', frames=2), labels).score(network)
    assert list(per_class) == ['crop', 'soil', 'sky']
    assert 0 <= miou <= 100


def _set_file(tmp_path: Path, root: Path) -> Path:
    said = json.loads((root / 'dataset.json').read_text(encoding='utf-8'))
    file = tmp_path / 'farm.json'
    file.write_text(json.dumps({'name': 'farm', 'classes': said['classes']}), encoding='utf-8')
    return file


def test_a_watched_stage_needs_held_out_drives(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"stages \['image'\] are watched .* held_out"):
        Trainer(recipe_of(image_stage(watched=True)), tmp_path / 'run', tmp_path / 'cache')


def test_held_out_names_data_of_the_recipe(tmp_path: Path) -> None:
    stage = {'name': 'a', 'steps': 1, 'batch': 1, 'frames': 1, 'sources': {'camvid': 1}}
    file = tmp_path / 'r.yaml'
    file.write_text(
        json.dumps({'name': 'x', 'stages': [stage], 'held_out': {'data': 'gone'}}),
        encoding='utf-8',
    )
    with pytest.raises(RecipeError, match=r"held_out names the data 'gone'"):
        load_recipe(file)


def test_only_what_is_named_learns() -> None:
    network = build_model(TINY)
    held = hold(network, (), ('queries', 'decoder.to_mask'))
    free = {n for n, p in network.named_parameters() if p.requires_grad}
    assert free == {'queries', 'decoder.to_mask.weight', 'decoder.to_mask.bias'}
    assert len(held) + len(free) == len(list(network.parameters()))
    with pytest.raises(ConfigError, match=r"only names \['queerys'\]"):
        hold(network, (), ('queerys',))


def test_classes_that_stay_are_compared_and_all_others_together() -> None:
    found = kept_tables(FARM, STREETS)
    assert found is not None
    own, theirs = found
    assert own.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    columns = {name: theirs[i].argmax().item() for i, name in enumerate(STREETS.classes)}
    assert {name for name, column in columns.items() if column == 0} == {'car', 'truck'}
    assert {name for name, column in columns.items() if column == 1} == {'sky'}
    assert (theirs.sum(dim=1) == 1).all()
    assert kept_tables(read_label_set(['crop', 'weed'], 'none'), STREETS) is None


def test_what_is_kept_counts_where_no_label_is() -> None:
    found = kept_tables(FARM, STREETS)
    assert found is not None
    batch = batch_of(1, 1)
    shape = (1, *batch.labels[:, 0].shape)
    others = torch.full((*shape, len(STREETS)), 0.01)
    others[..., STREETS.classes.index('truck')] = 1.0
    right, wrong = torch.full((*shape, 3), 0.1), torch.full((*shape, 3), 0.1)
    right[..., 1], wrong[..., 0] = 1.0, 1.0
    unknown = batch._replace(labels=torch.full_like(batch.labels, 255))
    assert kept_error(right, others, found, unknown) < kept_error(wrong, others, found, unknown)
    assert kept_error(wrong, others, found, batch) == 0
    ignored = batch._replace(weights=torch.zeros_like(batch.weights))
    assert kept_error(wrong, others, found, ignored) > 0


def test_footage_becomes_takes_without_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, 'PIECE_FRAMES', 4)
    writer = cv2.VideoWriter(
        str(tmp_path / 'a.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 20.0, (64, 48)
    )
    for index in range(20):
        writer.write(np.full((48, 64, 3), 10 * index, np.uint8))
    writer.release()
    takes = footage_takes([tmp_path], 3)
    assert len(takes) == footage.PIECES
    assert {len(take.images) for take in takes} == {4}
    assert takes[0].rate_hz == pytest.approx(20)
    assert (np.asarray(takes[0].labels[0]) == 255).all()
    assert (np.asarray(takes[0].weights[0]) == 0).all()
    firsts = [int(take.images[0].mean()) for take in takes]
    assert firsts == sorted(firsts)
    assert firsts[0] < firsts[-1]
    assert footage_takes([tmp_path / 'a.mp4'], 5) == []


def survey_of(*pixels: int, void: int = 0) -> Survey:
    return Survey(FARM, labelled=4, pixels=np.array(pixels), void=void)


def question_of(*videos: Path) -> Question:
    return Question(tiny_folder().path, 'folder:farm', videos, 10.0, 3, 'farm')


def planned(found: Survey, *videos: Path) -> dict[str, Any]:
    return plan(question_of(*videos), TINY.to_dict(), found, STREETS, 8.0)


def test_rare_classes_weigh_more() -> None:
    assert class_weights(FARM, survey_of(100, 400, 10)) == {'sky': 3.0}
    assert class_weights(FARM, survey_of(100, 400, 50)) == {'sky': 1.41}
    assert class_weights(FARM, survey_of(0, 0, 0)) == {}


def test_old_classes_that_pictures_do_not_show_are_rehearsed() -> None:
    whole, partly = planned(survey_of(5, 5, 5)), planned(survey_of(5, 0, 5))
    assert 'imitate' not in whole
    assert 'drives' not in whole
    assert partly['drives'] > 0
    assert partly['imitate'] == {'weights': str(tiny_folder().path)}
    assert partly['stages'][0]['sources'] == {'data': {'own': 0.8}, 'synthetic': 0.2}
    assert partly['stages'][0]['losses']['kept'] == 1.0


def test_a_new_class_that_pictures_do_not_show_cannot_be_rehearsed() -> None:
    assert 'drives' not in planned(survey_of(0, 5, 5))


def test_void_is_asked_about() -> None:
    assert planned(survey_of(5, 5, 5, void=5))['imitate']


def test_footage_teaches_stability(tmp_path: Path) -> None:
    values = planned(survey_of(5, 5, 5), tmp_path)
    assert values['footage'] == [str(tmp_path)]
    memory = values['stages'][2]
    assert memory['teacher'] is True
    assert memory['sources']['footage'] > 0


def test_stages_share_the_time() -> None:
    assert sum(stage['minutes'] for stage in planned(survey_of(5, 5, 5))['stages']) == (
        pytest.approx(8.0, abs=0.05)
    )


@pytest.mark.parametrize(
    ('gain', 'words'), [(2.0, 'would help'), (0.5, 'help a little'), (-0.2, 'hardly help')]
)
def test_the_curve_tells_whether_more_would_help(gain: float, words: str) -> None:
    points = [Point(25, 5, 40.0), Point(50, 10, 44.0), Point(100, 20, 44.0 + gain)]
    told = verdict(points)
    assert words in told
    assert f'{gain:+.1f}' in told


def test_the_curve_is_of_shares_of_the_pictures(tmp_path: Path) -> None:
    root = write_field(tmp_path / 'field')
    network = build_model(TINY).eval()
    points = learning_curve(network, f'folder:{root}', 0, 60.0)
    assert [(p.share, p.pictures) for p in points] == [(25, 2), (50, 3), (100, 6)]
    assert all(0 < p.miou <= 100 for p in points)
    assert learning_curve(network, f'folder:{root}', 0, 60.0) == points
    hurried = learning_curve(network, f'folder:{root}', 0, 0.0)
    assert hurried[-1].pictures == 4


def test_heads_and_memory_are_parts_of_networks_with_a_backbone_too(tmp_path: Path) -> None:
    network = build_model(tiny_config(save_vit(tmp_path)))
    names = [name for name, _ in network.named_parameters()]
    for part in (*HEADS, *MEMORY):
        assert any(name.startswith(part) for name in names), part
