"""What a run would refuse at its beginning, found without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from time2general_ros.model.build import build_model
from time2general_ros.model.config import ModelConfig
from time2general_ros.training.classes import class_table, network_settings
from time2general_ros.training.material import Material
from time2general_ros.training.optimisation import named
from time2general_ros.training.teachers.held_out import watch_of

if TYPE_CHECKING:
    from time2general_ros.training.recipes.recipe import Recipe


def check_recipe(recipe: Recipe) -> None:
    """
    See that network, stages and data sets of a recipe fit together; nothing is read but lists.

    :raises Time2GeneralError: if they do not, as a run would.
    """
    config = ModelConfig.from_dict(network_settings(recipe))
    network = build_model(config)
    # What is rendered, labelled by a teacher or read from videos is not looked at.
    material = Material(recipe, Path(), config.label_set)
    for stage in recipe.stages:
        named(network, stage.frozen, stage.only)
        class_table(config.label_set, stage.class_weights)
        material.check(stage)
    watch_of(recipe, config.label_set, Path())
