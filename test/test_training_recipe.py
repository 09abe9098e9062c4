from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.model.build import build_model  # noqa: E402
from time2general_ros.model.config import ModelConfig  # noqa: E402
from time2general_ros.training.objective.losses import LossWeights  # noqa: E402
from time2general_ros.training.optimisation import named  # noqa: E402
from time2general_ros.training.recipes.recipe import (  # noqa: E402
    DataSource,
    Original,
    RecipeError,
    Sources,
    Stage,
    TeacherSource,
)
from time2general_ros.training.recipes.recipe_file import load_recipe  # noqa: E402

RECIPES = Path(__file__).parents[1] / 'config' / 'train'
STAGE = '{name: a, steps: 3, batch: 2, frames: 1, sources: {camvid: 1}}'
OTHER = STAGE.replace('name: a', 'name: b')
YOURS = '{name: a, steps: 3, batch: 2, frames: 1, sources: {data: {yours: 1}}}'


def write(folder: Path, text: str) -> Path:
    path = folder / 'recipe.yaml'
    path.write_text(text, encoding='utf-8')
    return path


def text_of(**settings: object) -> str:
    lines = [f'{key}: {value}' for key, value in settings.items()]
    return '\n'.join(['name: mine', f'stages: [{STAGE}]', *lines])


@pytest.mark.parametrize('path', sorted(RECIPES.glob('*.yaml')), ids=lambda path: path.stem)
def test_every_recipe_of_the_package_can_be_used(path: Path) -> None:
    recipe = load_recipe(path)
    config = ModelConfig.from_dict(recipe.model)
    assert path.stem.startswith(recipe.name)
    assert set(recipe.about) >= {'data', 'terms'}
    classes = config.label_set.classes
    for stage in recipe.stages:
        assert isinstance(stage, Stage)
        assert isinstance(stage.sources, Sources)
        assert isinstance(stage.learning_rate, float)
        assert isinstance(stage.crop, tuple)
        assert [side % 64 for side in stage.crop] == [0, 0]
        assert set(stage.class_weights) <= set(classes)
        assert not stage.sources.camvid or recipe.camvid
        assert not stage.sources.videos or recipe.videos
        assert not stage.sources.synthetic or recipe.drives


@pytest.mark.parametrize('path', sorted(RECIPES.rglob('*.yaml')), ids=lambda path: path.stem)
def test_what_recipes_hold_back_is_in_their_networks(path: Path, tmp_path: Path) -> None:
    recipe = load_recipe(path)
    settings = dict(recipe.model)
    if ModelConfig.from_dict(settings).backbone:
        save_vit = pytest.importorskip('tiny_vits').save_vit
        settings.update(backbone=str(save_vit(tmp_path / 'vit')), taps=[1, 2])
        settings['tuned_layers'] = min(2, settings.get('tuned_layers', 0))
    network = build_model(ModelConfig.from_dict(settings))
    for stage in recipe.stages:
        held = named(network, stage.frozen, stage.only)
        assert bool(held) == bool(stage.frozen or stage.only)


def test_the_shipped_recipe_is_read_as_it_is_written() -> None:
    recipe = load_recipe(RECIPES / 'compact.yaml')
    assert recipe.seed == 20261131
    assert (recipe.drives, recipe.drive_seed) == (720, 1000)
    assert recipe.camvid == Path('../shared/data/camvid')
    assert recipe.videos == Path('../shared/data/video')
    assert recipe.losses == LossWeights(dice=3.0, features=2.0, answers=3.0)
    assert recipe.model == {'preset': 'compact'}
    first, images, last = recipe.stages
    assert [stage.encoder_only for stage in recipe.stages] == [True, False, False]
    assert first.losses == LossWeights(features=1.0)
    assert images.sources == Sources(camvid=0.55, videos=0.1, synthetic=0.35)
    assert (images.frames, images.learning_rate, images.freeze_norm) == (1, 2.0e-3, False)
    assert (last.frames, last.learning_rate, last.freeze_norm) == (4, 1.0e-3, True)
    assert last.losses
    assert last.losses.overlap > 0
    assert {'encoder', 'queries', 'decoder.to_mask'} <= {*last.frozen}
    assert recipe.steps == sum(stage.steps for stage in recipe.stages)


def test_the_recipes_lead_from_the_first_to_the_shipped_model() -> None:
    names = ('teacher', 'teacher_settled', 'teacher_longer', 'compact')
    recipes = [load_recipe(RECIPES / f'{name}.yaml') for name in names]
    weights = [Path('out/train') / name / 'weights.safetensors' for name in names]
    assert [recipe.start for recipe in recipes] == [None, *weights[:2], None]
    assert recipes[-1].imitate == Original(weights[2], recipes[0].model)
    assert not ModelConfig.from_dict(recipes[0].model).separable
    for recipe in recipes[:3]:
        assert recipe.model == recipes[0].model


def test_a_recipe_says_what_the_card_needs(tmp_path: Path) -> None:
    text = f'{{name: mine, seed: 4, about: {{data: d, terms: t}}, stages: [{STAGE}, {OTHER}]}}'
    described = load_recipe(write(tmp_path, text)).describe()
    assert described == {'name': 'mine', 'seed': 4, 'steps': 6, 'data': 'd', 'terms': 't'}


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, f'{{name: mine, stages: [{STAGE}]}}'))
    assert recipe.losses == LossWeights()
    assert recipe.camvid is None
    assert recipe.stages == (Stage('a', 3, 2, 1, Sources(camvid=1)),)


def test_data_sets_of_ones_own_are_named_and_shared_out(tmp_path: Path) -> None:
    text = """
name: mine
data:
  drives: {spec: 'kitti360:/data/kitti360'}
  cities: {spec: 'cityscapes-seq:/data/cityscapes', split: val, unlabelled: true}
stages:
  - {name: a, steps: 3, batch: 2, frames: 1, sources: {camvid: 0.5, data: {drives: 0.3}}}
"""
    recipe = load_recipe(write(tmp_path, text))
    assert recipe.data == {
        'drives': DataSource('kitti360:/data/kitti360', 'train', False),
        'cities': DataSource('cityscapes-seq:/data/cityscapes', 'val', True),
    }
    assert recipe.stages[0].sources == Sources(camvid=0.5, data={'drives': 0.3})


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (
            f'{{name: a, data: {{mine: {{spec: "acdc:/d"}}}}, stages: [{YOURS}]}}',
            r"stage 'a' uses data \['yours'\]; the recipe has \['mine'\]",
        ),
        (
            f'{{name: a, data: {{mine: {{path: /d}}}}, stages: [{STAGE}]}}',
            r"data: mine has unknown keys \['path'\]; known are .*'spec'",
        ),
        (f'{{name: a, data: {{mine: "acdc:/d"}}, stages: [{STAGE}]}}', "mine is 'acdc:/d', not"),
        (f'{{name: a, data: /d, stages: [{STAGE}]}}', "data is '/d', not a table of names"),
        (
            '{name: a, stages: [{name: b, sources: {data: 0.5}}]}',
            'sources: data is 0.5, not a table of names and numbers',
        ),
        (f'{{name: a, stags: 1, stages: [{STAGE}]}}', r"unknown keys \['stags'\]; known are"),
        ('{name: a, stages: [{name: b, step: 3}]}', r"stage 'b' has unknown keys \['step'\]"),
        (
            '{name: a, stages: [{name: b, steps: 1, batch: 1, frames: 1, sources: {kitti: 1}}]}',
            r"sources has unknown keys \['kitti'\]; known are .*'camvid'",
        ),
        (f'{{name: a, losses: {{iou: 1}}, stages: [{STAGE}]}}', r'losses has unknown keys'),
        (f'{{stages: [{STAGE}]}}', "recipe.yaml: .*missing .*'name'"),
        ('{name: a, stages: [{name: b, batch: 1}]}', "stage 'b': missing keys .*'steps'"),
        ('{name: a}', 'has no list of stages'),
        ('{name: a, stages: []}', 'has no list of stages'),
        (f'{{name: a, stages: [{STAGE}, {OTHER}, {STAGE}]}}', "several stages are called 'a'"),
        ('{name: a, stages: 3}', 'has no list of stages'),
        ('just words', 'has no list of stages'),
        ('', 'has no list of stages'),
        ('{name: a, stages: [', 'cannot read the recipe'),
        ('{name: a, stages: [words]}', "stage 1 is 'words', not a table of keys"),
        ('{name: a, stages: [{name: b, crop: 64}]}', "stage 'b': crop is 64, not a list"),
        (f'{{name: a, videos: 3, stages: [{STAGE}]}}', 'recipe.yaml: videos is 3, not a path'),
        ('{name: a, stages: [{name: b, sources: }]}', 'sources is None, not a table of keys'),
    ],
)  # fmt: skip
def test_a_faulty_recipe_is_refused_with_its_fault(
    tmp_path: Path, text: str, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert str(path) in str(caught.value)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r'cannot read the recipe .*nowhere.yaml'):
        load_recipe(tmp_path / 'nowhere.yaml')


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'recipe.yaml'
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(RecipeError, match='cannot read the recipe'):
        load_recipe(path)


def test_only_stages_and_files_of_weights_can_be_averaged(tmp_path: Path) -> None:
    text = f'{{name: mine, average: [b], stages: [{STAGE}]}}'
    with pytest.raises(RecipeError, match=r"average names \['b'\]"):
        load_recipe(write(tmp_path, text))
    for names in (('a',), ('a', 'out/b/weights.safetensors')):
        read = load_recipe(write(tmp_path, text.replace('[b]', f'[{", ".join(names)}]')))
        assert read.average == names


def test_a_recipe_is_its_base_but_for_what_it_says(tmp_path: Path) -> None:
    write(tmp_path, text_of(seed=3, model='{preset: compact, width: 64}')).rename(
        tmp_path / 'base.yaml'
    )
    path = write(tmp_path, 'base: base.yaml\nname: other\nmodel: {heads: 2}')
    recipe, base = load_recipe(path), load_recipe(tmp_path / 'base.yaml')
    assert (recipe.name, recipe.seed, recipe.stages) == ('other', 3, base.stages)
    assert recipe.model == {'preset': 'compact', 'width': 64, 'heads': 2}


def test_a_key_without_a_value_leaves_out_what_the_base_says(tmp_path: Path) -> None:
    text = text_of(seed=3, start='out/weights.safetensors', context_from='efficientnet-lite0')
    write(tmp_path, text).rename(tmp_path / 'base.yaml')
    recipe = load_recipe(write(tmp_path, 'base: base.yaml\nstart:\ncontext_from:'))
    assert (recipe.seed, recipe.start, recipe.context_from) == (3, None, '')


def test_single_settings_of_stages_of_a_base_are_changed_by_name(tmp_path: Path) -> None:
    text = f'name: mine\nstages: [{STAGE[:-1]}, rare: 0.5}}, {OTHER}]'
    write(tmp_path, text).rename(tmp_path / 'base.yaml')
    first, second = load_recipe(tmp_path / 'base.yaml').stages
    for changes, stages in (
        ('{b: {steps: 9}}', (first, replace(second, steps=9))),
        ('{a: {rare: }, b: {}}', (replace(first, rare=0.0), second)),
        ('{a: {losses: {dice: 1}}, b: }', (replace(first, losses=LossWeights(dice=1)),)),
    ):
        assert load_recipe(write(tmp_path, f'base: base.yaml\nstages: {changes}')).stages == stages


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (
            'base: base.yaml\nstages: {c: {steps: 9}}',
            r"unknown names \['c'\]; the base has \['a'\]",
        ),
        ('base: base.yaml\nstages: {a: 9}', "stage 'a' is 9, not a table of keys"),
        ('base: base.yaml\nstages: {a: {step: 9}}', r"stage 'a' has unknown keys \['step'\]"),
        ('base: base.yaml\nstages: {a: }', 'has no list of stages'),
        ('name: mine\nstages: {a: {steps: 9}}', 'stages is a table, .*; name the base, or give'),
    ],
)
def test_faulty_changes_of_stages_are_refused(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, text_of()).rename(tmp_path / 'base.yaml')
    path = write(tmp_path, text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert str(path) in str(caught.value)


def test_a_circle_of_bases_and_a_missing_one_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, 'base: recipe.yaml')
    with pytest.raises(RecipeError, match='which is based on it; break the circle'):
        load_recipe(path)
    path.write_text('base: none.yaml')
    with pytest.raises(RecipeError, match=r'cannot read the recipe .*none\.yaml'):
        load_recipe(path)


def test_a_teacher_answers_for_folders_that_there_are(tmp_path: Path) -> None:
    text = text_of(teacher='{weights: w, of: [town]}')
    with pytest.raises(RecipeError, match=r"answer for \['town'\]; the recipe has the voted"):
        load_recipe(write(tmp_path, text))
    known = text_of(teacher='{weights: w, of: [town]}', voted='{town: {folder: f}}')
    teacher = load_recipe(write(tmp_path, known)).teacher
    assert teacher == TeacherSource(Path('w'), of=('town',))
