"""How long the steps of a recipe take here, from a few of each stage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
import tempfile
import time
from typing import TYPE_CHECKING

from time2general_ros.training.trainer import Trainer

if TYPE_CHECKING:
    from time2general_ros.training.hardware import Hardware
    from time2general_ros.training.recipes.recipe import Recipe

# The first ones load data and warm up.
TRIED, LEFT_OUT = 5, 2


def seconds_per_step(recipe: Recipe, cache: Path, hardware: Hardware) -> dict[str, float]:
    """Try the stages of a recipe, and return how many seconds a step of each takes."""
    stages = tuple(
        replace(stage, steps=TRIED, minutes=0.0, watched=False) for stage in recipe.stages
    )
    times = [time.monotonic()]
    with tempfile.TemporaryDirectory() as folder:
        trial = replace(recipe, stages=stages, held_out=None)
        trainer = Trainer(trial, Path(folder), cache, hardware)
        trainer.run(lambda done, total: times.append(time.monotonic()))
    seconds = {}
    for index, stage in enumerate(stages):
        first, last = index * TRIED + LEFT_OUT, (index + 1) * TRIED
        seconds[stage.name] = (times[last] - times[first]) / (last - first)
    return seconds
