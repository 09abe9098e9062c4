"""Recipes as files: YAML from which weights can be made again."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from time2general_ros.data.voted import VotedFolder
from time2general_ros.training.losses import LossWeights
from time2general_ros.training.recipe import (
    WEIGHTS_SUFFIX,
    DataSource,
    HeldOut,
    Original,
    Recipe,
    RecipeError,
    Sources,
    Stage,
    TeacherSource,
    is_weights,
)
from time2general_ros.yaml_file import read_yaml


def load_recipe(path: Path) -> Recipe:
    """
    Read a recipe; relative data folders are taken from the working directory.

    With ``base: FILE``, beside it, it is that recipe but for what it says otherwise; of ``model``
    single settings. A key without a value leaves out what the base says.

    :raises RecipeError: if the file is missing, is not YAML, or has an unknown or missing key.
    """
    values = _values(path)
    stages = values.get('stages')
    if not stages or not isinstance(stages, list):
        raise RecipeError(f'{path} has no list of stages; see config/train/ for examples')
    built = tuple(_build(Stage, stage, f'{path}: stage') for stage in stages)
    recipe: Recipe = _build(Recipe, {**values, 'stages': built}, str(path))
    names = Counter(str(stage.name) for stage in recipe.stages)
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


def _values(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a file of keys, and the one that it is based on."""
    values = read_yaml(path, 'the recipe', RecipeError)
    if not isinstance(values, dict):
        raise RecipeError(f'{path} has no list of stages; see config/train/ for examples')
    if 'base' not in values:
        return values
    base = path.parent / str(values.pop('base'))
    if base in above:
        raise RecipeError(f'{path} is based on {base}, which is based on it; break the circle')
    inherited = _values(base, (*above, path))
    model = {**inherited.get('model', {}), **values.get('model', {})}
    merged = {**inherited, **values, 'model': model}
    return {key: value for key, value in merged.items() if value is not None}


def _build(kind: Any, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise RecipeError(f'{where} is not a table of keys but {values!r}')
    known = {item.name for item in fields(kind)}
    if unknown := sorted(set(values) - known):
        raise RecipeError(f'{where} has unknown keys {unknown}; known are {sorted(known)}')
    convert = CONVERT.get(kind, {})
    try:
        return kind(
            **{
                key: convert[key](value, f'{where}: {key}') if key in convert else value
                for key, value in values.items()
            }
        )
    except TypeError as error:
        raise RecipeError(f'{where}: {error}') from error


def _tuple(value: Any, _: str) -> tuple[Any, ...]:
    return tuple(value)


def _data(value: Any, where: str) -> dict[str, DataSource]:
    if not isinstance(value, dict):
        raise RecipeError(f'{where} is not a table of data sets but {value!r}')
    return {name: _build(DataSource, entry, f'{where}: {name}') for name, entry in value.items()}


def _voted(value: Any, where: str) -> dict[str, VotedFolder]:
    if not isinstance(value, dict):
        raise RecipeError(f'{where} is not a table of voted folders but {value!r}')
    return {name: _build(VotedFolder, entry, f'{where}: {name}') for name, entry in value.items()}


def _shares(value: Any, where: str) -> dict[str, float]:
    if not isinstance(value, dict):
        raise RecipeError(f'{where} is not a table of shares but {value!r}')
    return value


def _path(value: Any, _: str) -> Path:
    return Path(value)


def _paths(value: Any, where: str) -> tuple[Path, ...]:
    if not isinstance(value, list):
        raise RecipeError(f'{where} is not a list of files but {value!r}')
    return tuple(Path(one) for one in value)


CONVERT: dict[Any, dict[str, Any]] = {
    Stage: {
        'sources': partial(_build, Sources),
        'crop': _tuple,
        'drive_size': _tuple,
        'strides': _tuple,
        'scales': _tuple,
        'aspects': _tuple,
        'frozen': _tuple,
        'only': _tuple,
        'losses': partial(_build, LossWeights),
    },
    Sources: {'data': _shares, 'voted': _shares},
    VotedFolder: {'folder': _path, 'without': _tuple, 'votes': _path},
    DataSource: {'map': _path},
    Original: {'weights': _path},
    TeacherSource: {'weights': _path, 'answers': _path, 'of': _tuple},
    Recipe: {
        'losses': partial(_build, LossWeights),
        'average': _tuple,
        'start': _path,
        'imitate': partial(_build, Original),
        'teacher': partial(_build, TeacherSource),
        'camvid': _path,
        'videos': _path,
        'data': _data,
        'voted': _voted,
        'footage': _paths,
        'held_out': partial(_build, HeldOut),
    },
}
