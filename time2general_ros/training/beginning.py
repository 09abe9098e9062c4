"""What a run begins with: where it was cut off, or what its recipe names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from time2general_ros.model.backbones.efficientnet import begin_context
from time2general_ros.training.checkpoint import load_run
from time2general_ros.training.errors import TrainingError
from time2general_ros.training.inheritance import inherit
from time2general_ros.training.start import start_from

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.network import Time2General
    from time2general_ros.training.recipes.recipe import Recipe


@dataclass(frozen=True)
class Beginning:
    """
    Where a run goes on; by default at its first step.

    :param spent_s: What the stage has taken so far; total_s: what the run has.
    :param average: The averaged weights; None at the first step.
    :param moments: Those of the optimiser, as :func:`restore_optimiser` takes them.
    """

    stage: int = 0
    step: int = 0
    spent_s: float = 0.0
    total_s: float = 0.0
    average: dict[str, Tensor] | None = None
    moments: dict[str, Tensor] = field(default_factory=dict)


def begin(
    network: Time2General, recipe: Recipe, state: Path, original: Time2General | None
) -> Beginning:
    """
    Give a network the weights that a run begins with.

    :param state: Of the run, if it was cut off.
    :param original: The network that the recipe imitates.
    :raises StateError: if the state cannot be read.
    :raises TrainingError: if it is of another network.
    :raises ConfigError: if weights that the recipe names are missing or do not fit.
    """
    if state.exists():
        return _resume(network, state)
    if recipe.start:
        start_from(network, recipe.start)
    elif original:
        inherit(network, original)
    if recipe.context_from:
        begin_context(network, recipe.context_from)
    return Beginning()


def _resume(network: Time2General, state: Path) -> Beginning:
    groups, progress = load_run(state)
    try:
        network.load_state_dict(groups['model'])
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise TrainingError(
            f'{state} is of another model than the recipe: {reason}; give the recipe that it was '
            'trained by, or another folder with --out'
        ) from error
    return Beginning(
        progress['stage'],
        progress['step'],
        float(progress['spent_s']),
        float(progress['total_s']),
        groups['average'],
        groups['optimiser'],
    )
