"""Recipes as files: YAML from which weights can be made again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from time2general_ros.field_values import FieldReader
from time2general_ros.training.recipes.recipe import (
    WEIGHTS_SUFFIX,
    Recipe,
    RecipeError,
    Stage,
    is_weights,
)
from time2general_ros.training.recipes.recipe_ranges import RANGES
from time2general_ros.user_path import user_path
from time2general_ros.yaml_file import read_yaml

READER = FieldReader(RecipeError, RANGES)


def load_recipe(path: Path) -> Recipe:
    """
    Read a recipe; relative data folders are taken from the working directory.

    With ``base: FILE``, beside it, it is that recipe but for what it says otherwise; of ``model``
    single settings; of ``stages`` too, where they are a table by the names of the base's stages. A
    key without a value leaves out what the base says. The recipes of ``after``
    lie beside the file that names them.

    :raises RecipeError: if the file is missing, is not YAML, has an unknown or missing key, or a
        value that a key cannot have.
    """
    values = _values(path)
    stages = values.get('stages')
    if not stages or not isinstance(stages, list):
        raise RecipeError(f'{path} has no list of stages; see config/train/ for examples')
    built = [_stage(stage, number, path) for number, stage in enumerate(stages, start=1)]
    recipe = READER.build(Recipe, {**values, 'stages': built}, str(path))
    others = [str(user_path(name)) if is_weights(name) else name for name in recipe.average]
    recipe = replace(recipe, average=tuple(others))
    names = Counter(stage.name for stage in recipe.stages)
    if twice := [name for name, count in names.items() if count > 1]:
        raise RecipeError(
            f'{path}: several stages are called {twice[0]!r}; give each a name of its own, by '
            'which the log and average know it'
        )
    files = {name for name in recipe.average if is_weights(name)}
    if unknown := sorted(set(recipe.average) - files - {stage.name for stage in recipe.stages}):
        raise RecipeError(
            f'{path}: average names {unknown}, which are neither stages of the recipe nor files '
            f'like out/train/other/weights{WEIGHTS_SUFFIX}'
        )
    if recipe.teacher and (unknown := sorted(set(recipe.teacher.of) - set(recipe.voted))):
        raise RecipeError(
            f'{path}: the teacher is to answer for {unknown}; the recipe has the voted folders '
            f'{sorted(recipe.voted)}'
        )
    if recipe.held_out and recipe.held_out.data not in recipe.data:
        raise RecipeError(
            f'{path}: held_out names the data {recipe.held_out.data!r}; the recipe has '
            f'{sorted(recipe.data)}'
        )
    for stage in recipe.stages:
        for kind in ('data', 'voted'):
            known = getattr(recipe, kind)
            if unknown := sorted(set(getattr(stage.sources, kind)) - set(known)):
                raise RecipeError(
                    f'{path}: stage {stage.name!r} uses {kind} {unknown}; the recipe has '
                    f'{sorted(known)}'
                )
    return recipe


def recipe_files(path: Path) -> list[Path]:
    """
    List the files that a recipe is read from: its own, and those that it is based on.

    :raises RecipeError: as :func:`load_recipe`.
    """
    return [file for file, _ in _layers(path)]


def _layers(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Read a file of keys, then the one that it is based on, and so on."""
    layers: list[tuple[Path, dict[str, Any]]] = []
    file: Path | None = path
    while file:
        values = read_yaml(file, 'the recipe', RecipeError)
        if not isinstance(values, dict):
            raise RecipeError(f'{file} has no list of stages; see config/train/ for examples')
        layers.append((file, values))
        base = None
        if 'base' in values:
            base = file.parent / READER.value(Path, values.pop('base'), f'{file}: base')
            if base in [known for known, _ in layers]:
                raise RecipeError(
                    f'{file} is based on {base}, which is based on it; break the circle'
                )
        file = base
    return layers


def _values(path: Path) -> dict[str, Any]:
    """Join what a file says with what those say that it is based on."""
    merged: dict[str, Any] = {}
    for file, values in reversed(_layers(path)):
        own = dict(values)
        if own.get('model') is not None:
            settings = READER.value(dict[str, Any], own['model'], f'{file}: model')
            own['model'] = _given({**merged.get('model', {}), **settings})
        if isinstance(own.get('stages'), dict):
            own['stages'] = _changed(merged.get('stages'), own['stages'], file)
        if own.get('after') is not None:
            others = READER.value(dict[str, Path], own['after'], f'{file}: after')
            own['after'] = {
                str(user_path(folder)): file.parent / other for folder, other in others.items()
            }
        merged = _given({**merged, **own})
    return merged


def _changed(stages: Any, changes: dict[Any, Any], file: Path) -> list[Any]:
    """Change single settings of stages of the base."""
    if not isinstance(stages, list):
        raise RecipeError(
            f'{file}: stages is a table, which changes single settings of stages of a base; name '
            'the base, or give a list'
        )
    changes = READER.value(dict[str, Any], changes, f'{file}: stages')
    told = {
        name: READER.value(dict[str, Any], change, f'{file}: stage {name!r}')
        for name, change in _given(changes).items()
    }
    names = [_name(stage) for stage in stages]
    if unknown := sorted(set(changes) - set(filter(None, names))):
        raise RecipeError(f'{file}: stages has unknown names {unknown}; the base has {names}')
    return [
        _given({**stage, **told[name]}) if name in told else stage
        for name, stage in zip(names, stages, strict=True)
        if name in told or name not in changes
    ]


def _given(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


def _name(stage: Any) -> str:
    """Return the name of a stage as a file has it; none if it is faulty, which is told later."""
    name = stage.get('name') if isinstance(stage, dict) else None
    return name if isinstance(name, str) else ''


def _stage(values: Any, number: int, path: Path) -> Stage:
    name = values.get('name', number) if isinstance(values, dict) else number
    return READER.build(Stage, values, f'{path}: stage {name!r}')
