"""Which classes a recipe learns, where it does not say so, and what each counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from time2general_ros.data.specs import open_data
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.files import short_form
from time2general_ros.labels.relations import counterparts
from time2general_ros.training.errors import TrainingError

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.training.recipes.recipe import Recipe


def network_settings(recipe: Recipe) -> dict[str, Any]:
    """
    Return the settings of the network of a recipe, with its label set.

    Unless the recipe names one, it is that of its data sets if they all have the same and it is
    more than classes of streets, and nothing else is learned from; otherwise that of streets.

    :raises DataError: if a data set that has to be looked at cannot be opened.
    """
    sources = [stage.sources for stage in recipe.stages]
    others = any(part.camvid or part.videos or part.synthetic or part.voted for part in sources)
    if {'label_set', 'classes'} & {*recipe.model} or others or recipe.imitate or not recipe.data:
        return recipe.model
    first, *rest = [open_data(part.spec, part.split).label_set for part in recipe.data.values()]
    is_of_streets = all(counterparts(first, street_labels()))
    if is_of_streets or any(labels.classes != first.classes for labels in rest):
        return recipe.model
    return {**recipe.model, 'label_set': short_form(first)}


def class_table(labels: LabelSet, factors: dict[str, float]) -> Tensor:
    """
    Lay factors out by class id: float32 [256].

    :raises TrainingError: if the label set has no class of a name.
    """
    if unknown := sorted(set(factors) - set(labels.classes)):
        raise TrainingError(
            f'class_weights name {unknown}; {labels.name} has {list(labels.classes)}'
        )
    table = torch.ones(256)
    for name, factor in factors.items():
        table[labels.classes.index(name)] = factor
    return table
