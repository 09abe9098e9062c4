"""The training loop: stages, averaged weights, logs, and resuming where it was cut off."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch

from time2general_ros.labels.sides import sided_classes
from time2general_ros.model.build import build_model
from time2general_ros.model.checkpoint import load_weights
from time2general_ros.model.config import ModelConfig
from time2general_ros.training.averaging import Averaged
from time2general_ros.training.batch import Batch
from time2general_ros.training.beginning import begin
from time2general_ros.training.checkpoint import (
    restore_optimiser,
    save_run,
    write_tensors,
)
from time2general_ros.training.classes import class_table, network_settings
from time2general_ros.training.hardware import Hardware, open_fabric
from time2general_ros.training.material import Material, batches
from time2general_ros.training.objective.learner import Learner
from time2general_ros.training.optimisation import (
    build_optimiser,
    hold,
    named,
)
from time2general_ros.training.pace import MINUTE_S, Pace
from time2general_ros.training.run_folder import RunFolder
from time2general_ros.training.run_log import RunLog
from time2general_ros.training.samples import sample_picture
from time2general_ros.training.soup import check_other_runs, soup
from time2general_ros.training.start import imitated_network
from time2general_ros.training.teachers.answers import answered
from time2general_ros.training.teachers.held_out import watch_of
from time2general_ros.training.update import Update

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from time2general_ros.training.recipes.recipe import Recipe, Stage
    from time2general_ros.training.teachers.held_out import Check

SAVE_EVERY = 200
LOG_EVERY = 20
SAMPLE_EVERY = 500
# How often at least a stage of a watched run is logged, shown and saved.
PARTS = 10


class Trainer:
    """
    Trains one model by a recipe; continues the run in its folder if there is one.

    :param folder: Gets ``state.safetensors``, ``weights.safetensors``, ``log.csv``,
        ``tensorboard/``, ``samples/``, ``stages/`` and ``checks.jsonl``.
    :param cache: Folder for rendered drives.
    ``earlier_s`` is what earlier processes spent on the run, in seconds; ``total_s`` what all
    have, as it is saved.

    :raises ConfigError: if the recipe's model cannot be built, or does not fit the weights that it
        starts from.
    """

    def __init__(
        self, recipe: Recipe, folder: Path, cache: Path, hardware: Hardware | None = None
    ) -> None:
        self.recipe = recipe
        self.folder = RunFolder(folder)
        self.fabric = open_fabric(hardware or Hardware())
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.config = ModelConfig.from_dict(network_settings(recipe))
        self.model = build_model(self.config)
        for stage in recipe.stages:
            # A name that fits nothing is told before hours were spent on earlier stages.
            named(self.model, stage.frozen, stage.only)
        # A fifth faster on CPUs.
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.material = Material(recipe, cache, self.config.label_set)
        self._began = time.monotonic()
        original = imitated_network(recipe, self.config.label_set, self.fabric.device)
        began = begin(self.model, recipe, self.folder.state, original)
        self.stage, self.step, self._spent_s = began.stage, began.step, began.spent_s
        self.earlier_s = self.total_s = began.total_s
        self._moments = began.moments
        self.model.to(self.fabric.device)
        self.averaged = Averaged(self.model, recipe.ema_decay)
        if began.average:
            self.averaged.network.load_state_dict(began.average)
        self._learner = Learner(self.model, self.averaged.network, original)
        self._update = Update(recipe, self.fabric, self._learner, self.folder.state)
        self._class_tables = [
            class_table(self.config.label_set, stage.class_weights).to(self.fabric.device)
            for stage in recipe.stages
        ]
        self.log = RunLog(self.folder.log, self.folder.tensorboard)
        self._watch = watch_of(recipe, self.config.label_set, self.folder.checks)
        if self.fabric.is_global_zero:
            self._forget_log()

    def teach(self, on_file: Callable[[int, int], None] = lambda done, total: None) -> None:
        """
        Let the recipe's teacher answer for voted folders, where it has not done so yet.

        :param on_file: Told how many of how many images and videos are done.
        """
        teacher = self.recipe.teacher
        if not teacher or self.material.taught:
            return
        first = self.fabric.is_global_zero
        if first:
            self.material.voted = answered(teacher, self.recipe.voted, on_file)
        self.fabric.barrier()
        if not first:
            self.material.voted = answered(teacher, self.recipe.voted)
        self.material.taught = True

    def run(
        self,
        on_step: Callable[[int, int], None] | None = None,
        on_check: Callable[[Check], None] = lambda check: None,
    ) -> Path:
        """
        Train to the end of the last stage.

        :param on_step: Told the steps done and the steps in all.
        :param on_check: Told each look at held-out drives.
        :returns: the file of averaged weights.
        :raises TrainingError: if a loss or its gradient is not finite; names stage, step, batch
            and terms.
        :raises SoupError: if weights that the recipe averages are missing or do not fit.
        """
        check_other_runs(self.recipe)
        self.teach()
        while self.stage < len(self.recipe.stages):
            self._run_stage(self.recipe.stages[self.stage], on_step, on_check)
            if self.fabric.is_global_zero:
                write_tensors(self.averaged.tensors, self.folder.stage(self.stage))
            self.stage, self.step, self._spent_s = self.stage + 1, 0, 0.0
            self._moments = {}
            self._save(None)
        if self.recipe.average and self.fabric.is_global_zero:
            write_tensors(soup(self.recipe, self.folder), self.folder.weights)
        return self.folder.weights

    def _run_stage(
        self,
        stage: Stage,
        on_step: Callable[[int, int], None] | None,
        on_check: Callable[[Check], None],
    ) -> None:
        held = hold(self.model, stage.frozen, stage.only)
        plain = build_optimiser(self.model, stage)
        if self._moments:
            restore_optimiser(plain, self._moments)
        optimiser: Any = self.fabric.setup_optimizers(plain)
        self._learner.weights = stage.losses or self.recipe.losses
        self._learner.table = self._class_tables[self.stage]
        self._learner.taught = stage.teacher
        self._learner.motion_only = stage.motion_only
        self._learner.encoder_only = stage.encoder_only
        full = (self.config.height, self.config.width_px)
        rank = self.fabric.global_rank
        sources = self.material.sources(stage)
        members = torch.from_numpy(self.material.groups.membership())
        self._learner.members = members.to(self.fabric.device)
        sided = bool(sided_classes(self.config.label_set))
        stream = batches(
            sources, self.recipe, self.stage, self.step, full, rank, mirrored=not sided
        )
        pace = Pace(stage, self._spent_s)
        began, images = time.monotonic(), 0
        for drawn in stream:
            batch = self.fabric.to_device(drawn)
            # Where several learn together, one clock counts.
            at = self.fabric.broadcast(pace.step(self.step))
            terms = self._update(optimiser, batch, self.stage, self.step, at)
            self.averaged.follow(self.model, self._done)
            self.step += 1
            self._spent_s = pace.spent_s
            images += batch.labels.shape[0] * batch.labels.shape[1] * self.fabric.world_size
            if on_step:
                on_step(self._done, self.recipe.steps)
            if self.fabric.is_global_zero:
                speed = {'images_per_s': images / (time.monotonic() - began)}
                self._report(stage, batch, {**speed, **terms}, optimiser)
            over = self.fabric.broadcast(pace.is_over)
            if self.fabric.broadcast(self._is_enough(stage, on_check, over=over)) or over:
                break
            self.fabric.barrier()
        self._take_best(stage)
        for parameter in held:
            parameter.requires_grad_(True)

    def _is_enough(self, stage: Stage, on_check: Callable[[Check], None], *, over: bool) -> bool:
        """Look at the held-out drives if it is time to, and tell whether to stop."""
        watch = self._watch
        if not (watch and stage.watched and self.fabric.is_global_zero):
            return False
        if over or watch.is_due(stage, self.step):
            check = watch.look(self.averaged.network, stage, self.step)
            on_check(check)
            if check is watch.best(stage.name):
                write_tensors(self.averaged.tensors, self.folder.best(self.stage))
        return watch.is_enough(stage.name)

    def _take_best(self, stage: Stage) -> None:
        """Go on from what was best on the held-out drives."""
        self.fabric.barrier()
        if not (self._watch and stage.watched and self.folder.best(self.stage).is_file()):
            return
        load_weights(self.averaged.network, self.folder.best(self.stage))
        self.model.load_state_dict(self.averaged.tensors)

    def _report(
        self,
        stage: Stage,
        batch: Batch,
        figures: dict[str, float],
        optimiser: torch.optim.Optimizer,
    ) -> None:
        if self.step % self._every(LOG_EVERY, stage) == 0:
            self.log.add({'stage': stage.name, 'step': self.step, **figures}, self._done)
        if self.step % self._every(SAMPLE_EVERY, stage) == 0:
            picture = sample_picture(self.averaged.network, batch)
            name = f'{self.stage:02}-{self.step:06}'
            self.log.add_picture(self.folder.samples / f'{name}.png', picture, self._done)
        if self.step % self._every(SAVE_EVERY, stage) == 0:
            self._save(optimiser)

    def _every(self, usual: int, stage: Stage) -> int:
        """Do often enough what short stages of watched runs would hardly do."""
        return min(usual, max(1, stage.steps // PARTS)) if self._watch else usual

    @property
    def minutes_left(self) -> float:
        """How long the stages may still take, as far as they have a limit."""
        here, *later = self.recipe.stages[self.stage :]
        left = here.minutes - self._spent_s / MINUTE_S
        return max(0.0, left) + sum(stage.minutes for stage in later)

    @property
    def _done(self) -> int:
        return self.step + sum(stage.steps for stage in self.recipe.stages[: self.stage])

    def _forget_log(self) -> None:
        names = [stage.name for stage in self.recipe.stages]
        if self.stage < len(names):
            self.log.forget(names[self.stage], self.step, names[self.stage + 1 :])
            if self._watch:
                self._watch.forget(names[self.stage], self.step, names[self.stage + 1 :])

    def _save(self, optimiser: torch.optim.Optimizer | None) -> None:
        if not self.fabric.is_global_zero:
            return
        kept = optimiser or torch.optim.AdamW(self.model.parameters())
        self.total_s = round(self.earlier_s + time.monotonic() - self._began)
        progress = {'stage': self.stage, 'step': self.step, 'spent_s': round(self._spent_s)}
        save_run(
            self.folder.state,
            self.model,
            self.averaged.tensors,
            kept,
            {**progress, 'total_s': self.total_s},
        )
        write_tensors(self.averaged.tensors, self.folder.weights)
