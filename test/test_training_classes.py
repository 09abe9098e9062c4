"""A recipe that names no label set learns that of its data."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('torch')

from training_samples import image_stage, recipe_of

from time2general_ros.model.config import ModelConfig
from time2general_ros.training.classes import network_settings
from time2general_ros.training.recipes.recipe import DataSource, Recipe, Sources


def folder(place: Path, label_set: Any) -> DataSource:
    (place / 'train' / 'images').mkdir(parents=True)
    (place / 'train' / 'labels').mkdir()
    (place / 'train' / 'images' / 'a_0.jpg').write_bytes(b'not read')
    (place / 'set.json').write_text(json.dumps(label_set))
    about = {'rate_hz': 10, 'label_set': str(place / 'set.json')}
    (place / 'dataset.json').write_text(json.dumps(about))
    return DataSource(f'folder:{place}')


def recipe(tmp_path: Path, *sets: Any, **sources: float) -> Recipe:
    data = {f'd{i}': folder(tmp_path / f'd{i}', labels) for i, labels in enumerate(sets)}
    stage = image_stage(sources=Sources(data=dict.fromkeys(data, 1.0), **sources))
    return replace(recipe_of(stage), data=data, model={'preset': 'compact'})


def learned(given: Recipe) -> tuple[str, ...]:
    return ModelConfig.from_dict(network_settings(given)).label_set.classes


def test_classes_of_ones_own_are_learned_unasked(tmp_path: Path) -> None:
    two = ['ground', {'name': 'crop', 'colour': [0, 255, 0]}]
    assert learned(recipe(tmp_path, two, ['ground', 'crop'])) == ('ground', 'crop')


@pytest.mark.parametrize(
    ('sets', 'sources'),
    [
        ([['road', 'sky']], {}),
        ([['ground', 'crop'], ['crop', 'ground']], {}),
        ([['ground', 'crop']], {'synthetic': 1.0}),
    ],
    ids=['classes of streets', 'two sets', 'other sources'],
)
def test_else_the_classes_are_those_of_streets(
    tmp_path: Path, sets: list[Any], sources: dict[str, float]
) -> None:
    assert len(learned(recipe(tmp_path, *sets, **sources))) == 19


def test_what_the_recipe_says_holds(tmp_path: Path) -> None:
    given = recipe(tmp_path, ['ground', 'crop'])
    assert learned(replace(given, model={'label_set': ['crop', 'lake']})) == ('crop', 'lake')
