"""How good a network is on drives that it does not learn from, while it learns."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.data.labelled_video import labelled_frames
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.accuracy import ConfusionMatrix
from time2general_ros.labels.relations import compare, read_class_map
from time2general_ros.training.errors import TrainingError
from time2general_ros.training.teachers.teacher import VIEWS, Teacher
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from time2general_ros.data.labelled_video import LabelledFrame
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.model.network import Time2General
    from time2general_ros.training.recipes.recipe import DataSource, HeldOut, Recipe, Stage


class Check(NamedTuple):
    """
    A look at a network.

    :param miou: In percent; per_class: IoU by class, in percent, None where it is absent.
    """

    stage: str
    step: int
    miou: float
    per_class: dict[str, float | None]

    @property
    def line(self) -> str:
        """Say it."""
        return f'{self.stage}, step {self.step}: mIoU {self.miou:.2f} on held-out drives'


class HeldOutDrives:
    """
    Looks at a network, frame by frame and without memory.

    :param labels: The classes of the network.
    :raises LabelSetError: if it is not known which of them are those of the data.
    """

    def __init__(self, source: DataSource, settings: HeldOut, labels: LabelSet) -> None:
        data = open_data(source.spec, source.split)
        mapped = read_class_map(source.map) if source.map else None
        self._classes = compare(labels, data.label_set, mapped)
        places = [(video, i) for video in data.videos for i in labelled_frames(video)]
        step = max(1, math.ceil(len(places) / max(1, settings.frames)))
        self._places = places[::step]
        self._frames: list[LabelledFrame] = []

    def score(self, network: Time2General) -> tuple[float, dict[str, float | None]]:
        """Return mIoU and the IoU of each class, in percent."""
        if not self._frames:
            self._frames = [video.frame(i) for video, i in self._places]
        matrix = ConfusionMatrix(self._classes.labels.classes)
        teacher = Teacher(network)
        for frame in self._frames:
            ids = teacher.look(frame.image, VIEWS[0]).argmax(axis=2).astype('uint8')
            matrix.add(self._classes.true[frame.labels], self._classes.predicted[ids])
        per_class = {
            name: None if iou is None else 100 * iou for name, iou in matrix.per_class_iou.items()
        }
        return 100 * (matrix.miou or 0.0), per_class


class Watch:
    """
    Remembers the looks of a run and which was best in each stage.

    :param file: Keeps them, a JSON object a line.
    """

    def __init__(self, settings: HeldOut, drives: HeldOutDrives, file: Path) -> None:
        self._settings = settings
        self._drives = drives
        self._file = file
        self.checks = read_checks(file)

    def forget(self, stage: str, step: int, later: list[str]) -> None:
        """Drop the looks at steps that a cut-off run did after its last save."""
        self.checks = [
            check
            for check in self.checks
            if check.stage not in later and (check.stage != stage or check.step <= step)
        ]

    def is_due(self, stage: Stage, step: int) -> bool:
        """Tell whether it is time to look."""
        every = max(1, stage.steps // self._settings.checks)
        return step % every == 0 or step == stage.steps

    def look(self, network: Time2General, stage: Stage, step: int) -> Check:
        """Look at a network and remember it."""
        check = Check(stage.name, step, *self._drives.score(network))
        self.checks.append(check)
        lines = [json.dumps(one._asdict()) for one in self.checks]
        write_whole(self._file, '\n'.join([*lines, '']).encode())
        return check

    def best(self, stage: str) -> Check | None:
        """Return the best look at a stage, the first of several."""
        return max(self._of(stage), key=lambda check: check.miou, default=None)

    def is_enough(self, stage: str) -> bool:
        """Tell whether the last looks at a stage found nothing better."""
        found, best = self._of(stage), self.best(stage)
        return best is not None and len(found) - 1 - found.index(best) >= self._settings.patience

    def _of(self, stage: str) -> list[Check]:
        return [check for check in self.checks if check.stage == stage]


def read_checks(file: Path) -> list[Check]:
    """Read what a watch wrote; nothing where there is no such file."""
    if not file.is_file():
        return []
    return [Check(**json.loads(line)) for line in file.read_text(encoding='utf-8').splitlines()]


def watch_of(recipe: Recipe, labels: LabelSet, checks: Path) -> Watch | None:
    """
    Make the watch that a recipe asks for, if it does.

    :param labels: The classes of the network.
    :param checks: File that keeps what was seen.
    :raises TrainingError: if stages are watched and no drives are held out.
    """
    settings = recipe.held_out
    if settings:
        drives = HeldOutDrives(recipe.data[settings.data], settings, labels)
        return Watch(settings, drives, checks)
    if missing := [stage.name for stage in recipe.stages if stage.watched]:
        raise TrainingError(
            f'stages {missing} are watched on held-out drives; name these as held_out in the '
            'recipe'
        )
    return None
