"""From a question to a recipe file: data read, speed measured, stages laid into the time."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from time2general_ros.training.own.plan import SHARES, plan
from time2general_ros.training.own.question import RECIPE
from time2general_ros.training.own.speed import seconds_per_step
from time2general_ros.training.pace import MINUTE_S
from time2general_ros.training.recipes.recipe_file import load_recipe
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.data.survey.survey import Survey
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.training.hardware import Hardware
    from time2general_ros.training.own.question import Question

TRIAL = 'trial.yaml'
FEWEST = 10
# Minutes for the export and the figures: at least, and for each second that a step of the first
# stage takes, which tells how fast a machine is. And the least share of the time to learn in.
AFTERWARDS, PER_SECOND, LEAST_SHARE = 1.0, 1.4, 0.4


def write_recipe(
    folder: Path,
    question: Question,
    config: dict[str, Any],
    classes: LabelSet,
    learned: Survey,
    cache: Path,
    hardware: Hardware,
    began: float,
) -> Path:
    """
    Write the recipe into the folder of its run, with as many steps as there is time for.

    :param config: Of the network that is started from; classes: what it tells apart.
    :param began: Time of :func:`time.monotonic` at which the command began.
    :returns: the file.
    """
    trial = folder / TRIAL
    try:
        _write(trial, plan(question, config, learned, classes, question.minutes))
        recipe = load_recipe(trial)
        seconds = seconds_per_step(recipe, cache, hardware)
    finally:
        trial.unlink(missing_ok=True)
    spent = (time.monotonic() - began) / MINUTE_S
    afterwards = max(AFTERWARDS, PER_SECOND * seconds[recipe.stages[0].name])
    minutes = max(LEAST_SHARE * question.minutes, question.minutes - spent - afterwards)
    steps = {
        name: max(FEWEST, int(share * minutes * MINUTE_S / seconds[name]))
        for name, share in SHARES.items()
    }
    _write(folder / RECIPE, plan(question, config, learned, classes, minutes, steps))
    return folder / RECIPE


def _write(path: Path, values: dict[str, Any]) -> None:
    text = io.StringIO()
    yaml = YAML(typ='safe', pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 110
    # A copy of everything: what stages share would be written as references.
    yaml.dump(json.loads(json.dumps(values)), text)
    write_whole(path, text.getvalue().encode())
