from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('torch', reason='torch is not installed')

from time2general_ros.training.recipes.recipe import Recipe, RecipeError
from time2general_ros.training.recipes.recipe_file import load_recipe

STAGE = {'name': 'a', 'steps': 3, 'batch': 2, 'frames': 1, 'sources': '{camvid: 1}'}


def table(values: dict[str, Any]) -> str:
    return '{' + ', '.join(f'{key}: {value}' for key, value in values.items()) + '}'


def load(folder: Path, stage: str = '', **settings: str) -> Recipe:
    """Load a recipe whose only stage has a line more, beside settings of its own."""
    key, _, value = stage.partition(': ')
    legs = [table({**STAGE, key: value} if stage else STAGE)]
    lines = [f'{name}: {value}' for name, value in settings.items()]
    path = folder / 'recipe.yaml'
    path.write_text('\n'.join(['name: mine', f'stages: [{", ".join(legs)}]', *lines]))
    return load_recipe(path)


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('steps: many', "steps is 'many', not a whole number"),
        ('steps: 2.5', 'steps is 2.5, not a whole number'),
        ('steps: true', 'steps is True, not a whole number'),
        ('steps: 0', 'steps is 0; it must be 1 or more'),
        ('steps: -3', 'steps is -3; it must be 1 or more'),
        ('batch: 0', 'batch is 0; it must be 1 or more'),
        ('frames: 0', 'frames is 0; it must be 1 or more'),
        ('crop: [50, 50]', r'crop is \[50, 50\]; it must be two positive multiples of 64'),
        ('crop: [64]', r'crop is \[64\], not a list of 2 whole numbers'),
        ('strides: []', r'strides is \[\]; it must be a list of at least one'),
        ('label_stride: 3', r'label_stride is 3; it must be one of \(2, 4\)'),
        ('strides: [0]', r'strides is \[0\]; .*each 1 or more'),
        ('scales: [1.0]', r'scales is \[1.0\], not a list of 2 numbers'),
        ('aspects: [2, 1]', r'aspects is \[2, 1\]; .*the smaller one first'),
        ('backbone_rate: big', "backbone_rate is 'big', not a number"),
        ('learning_rate: 0', 'learning_rate is 0; it must be more than 0'),
        ('learning_rate: .nan', 'learning_rate is nan, not a number'),
        ('losses: strong', "losses is 'strong', not a table of keys"),
        ('losses: {mask: heavy}', "losses: mask is 'heavy', not a number"),
        ('losses: {mask: -1}', 'losses: mask is -1; it must be 0 or more'),
        ('class_weights: [3]', r'class_weights is \[3\], not a table of names and numbers'),
        ('class_weights: {pole: x}', "class_weights: pole is 'x', not a number"),
        ('class_weights: {pole: -1}', 'class_weights is .*; it must be a table of numbers of 0'),
        ('sources: {camvid: all}', "sources: camvid is 'all', not a number"),
        ('sources: {data: {a: -1}}', 'sources: data is .*; it must be a table of numbers of 0'),
        ('frozen: [1]', r'frozen is \[1\], not a list of texts'),
        ('name: 3', 'name is 3, not a text'),
    ],
)
def test_a_value_that_a_stage_cannot_have_is_named(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(RecipeError, match=rf"recipe\.yaml: stage ('a'|3): {message}") as caught:
        load(tmp_path, line)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('model', '[1]', r'model is \[1\], not a table of keys'),
        ('model', 'compact', "model is 'compact', not a table of keys"),
        ('ema_decay', '[1]', r'ema_decay is \[1\], not a number'),
        ('ema_decay', '1.5', 'ema_decay is 1.5; it must be from 0 to less than 1'),
        ('seed', 'mine', "seed is 'mine', not a whole number"),
        ('seed', '-1', 'seed is -1; it must be from 0'),
        ('context_from', '3', 'context_from is 3, not a text'),
        ('about', 'mine', "about is 'mine', not a table of keys"),
        ('footage', '{}', r'footage is \{\}, not a list of paths'),
        ('voted', '{a: {folder: f, void: 300}}', 'voted: a: void is 300; .*from 0 to 255'),
        ('voted', '{a: {folder: f, void: no}}', "voted: a: void is 'no', not a whole number"),
        ('voted', '{a: {folder: f, without: 3}}', 'voted: a: without is 3, not a list of texts'),
        ('teacher', '{weights: w, every: 0}', 'teacher: every is 0; it must be 1 or more'),
        ('base', '[a]', r'base is \[.*\], not a path'),
        ('1', '2', r'has unknown keys \[1\]'),
    ],
)
def test_a_value_that_a_recipe_cannot_have_is_named(
    tmp_path: Path, key: str, value: str, message: str
) -> None:
    with pytest.raises(RecipeError, match=rf'recipe\.yaml:? {message}') as caught:
        load(tmp_path, **{key: value})
    assert '\n' not in str(caught.value)


def test_a_single_text_is_a_list_of_one(tmp_path: Path) -> None:
    recipe = load(
        tmp_path, 'frozen: encoder', voted='{a: {folder: f, without: d}}', footage='drives'
    )
    assert recipe.stages[0].frozen == ('encoder',)
    assert recipe.voted['a'].without == ('d',)
    assert recipe.footage == (Path('drives'),)


def test_a_model_without_a_value_is_that_of_no_base(tmp_path: Path) -> None:
    assert load(tmp_path, model='').model == {}
    load(tmp_path, model='{preset: small, width: 64}')
    (tmp_path / 'recipe.yaml').rename(tmp_path / 'b.yaml')
    path = tmp_path / 'other.yaml'
    path.write_text('base: b.yaml\nmodel:')
    assert load_recipe(path).model == {}
    path.write_text('base: b.yaml\nmodel: {width: }')
    assert load_recipe(path).model == {'preset': 'small'}
