"""A training recipe: one YAML file from which weights can be made again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from time2general_ros.errors import Time2GeneralError
from time2general_ros.training.losses import LossWeights


class RecipeError(Time2GeneralError):
    """A recipe cannot be read or names something that does not exist."""


@dataclass(frozen=True)
class Sources:
    """Shares of the kinds of takes in a stage; 0 leaves a kind out."""

    camvid: float = 0.0
    videos: float = 0.0
    synthetic: float = 0.0


@dataclass(frozen=True)
class Stage:
    """
    One leg of a schedule.

    :param frames: Length of clips; 1 trains on images, without memory.
    :param crop: Height and width of the training crop, multiples of 64.
    :param class_weights: Factors on the cross-entropy of classes by name, for thin and rare ones;
        1 for those not named.
    :param freeze_norm: Keep the statistics of batch normalisation as they are.
    """

    name: str
    steps: int
    batch: int
    frames: int
    sources: Sources
    crop: tuple[int, int] = (256, 384)
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    warm_up: int = 200
    freeze_norm: bool = False
    class_weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """
    Everything a run needs.

    :param model: Settings of :class:`ModelConfig` that differ from its defaults.
    :param camvid: Folder with ``train/`` (images, labels, votes); videos: folder of voted videos.
    :param drives: Number of synthetic takes; drive_seed: the first one's seed.
    :param about: What the model's card says besides: data, terms.
    """

    name: str
    stages: tuple[Stage, ...]
    seed: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    losses: LossWeights = field(default_factory=LossWeights)
    camvid: Path | None = None
    videos: Path | None = None
    drives: int = 0
    drive_seed: int = 1000
    ema_decay: float = 0.999
    clip_norm: float = 2.0
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    def describe(self) -> dict[str, Any]:
        """Return the entries of a model card that follow from the recipe."""
        return {'name': self.name, 'seed': self.seed, 'steps': self.steps, **self.about}


def load_recipe(path: Path) -> Recipe:
    """
    Read a recipe; relative data folders are taken from the working directory.

    :raises RecipeError: if the file is missing, is not YAML, or has an unknown or missing key.
    """
    try:
        values = YAML(typ='safe', pure=True).load(path.read_text(encoding='utf-8'))
    except (OSError, YAMLError) as error:
        raise RecipeError(f'cannot read the recipe {path}: {error}') from error
    if not isinstance(values, dict) or not isinstance(values.get('stages'), list):
        raise RecipeError(f'{path} has no list of stages; see config/train/ for examples')
    stages = tuple(_build(Stage, stage, f'{path}: stage') for stage in values.pop('stages'))
    built: Recipe = _build(Recipe, {**values, 'stages': stages}, str(path))
    return built


def _build(kind: Any, values: dict[str, Any], where: str) -> Any:
    known = {item.name for item in fields(kind)}
    if unknown := sorted(set(values) - known):
        raise RecipeError(f'{where} has unknown keys {unknown}; known are {sorted(known)}')
    convert = CONVERT.get(kind, {})
    converted = {
        key: convert[key](value) if key in convert else value for key, value in values.items()
    }
    try:
        return kind(**converted)
    except TypeError as error:
        raise RecipeError(f'{where}: {error}') from error


CONVERT: dict[Any, dict[str, Any]] = {
    Stage: {'sources': lambda value: _build(Sources, value, 'sources'), 'crop': tuple},
    Recipe: {
        'losses': lambda value: _build(LossWeights, value, 'losses'),
        'camvid': Path,
        'videos': Path,
    },
}
