"""The training loop: stages, averaged weights, logs, and resuming where it was cut off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math
from pathlib import Path
import time

from safetensors.torch import save_file
import torch
from torch import Tensor, nn

from time2general_ros.data.labels import load_label_set
from time2general_ros.errors import Time2GeneralError
from time2general_ros.model.build import build_model
from time2general_ros.model.config import ModelConfig
from time2general_ros.training.checkpoint import load_run, restore_optimiser, save_run
from time2general_ros.training.material import Material, batch_seed, batches
from time2general_ros.training.objective import Batch, objective
from time2general_ros.training.recipe import Recipe, Stage
from time2general_ros.training.run_log import RunLog

SAVE_EVERY = 200
LOG_EVERY = 20
RAMP_STEPS = 500


class TrainingError(Time2GeneralError):
    """Training cannot go on."""


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps its things."""

    path: Path

    @property
    def state(self) -> Path:
        """State to resume from."""
        return self.path / 'state.safetensors'

    @property
    def weights(self) -> Path:
        """Averaged weights so far."""
        return self.path / 'weights.safetensors'

    @property
    def log(self) -> Path:
        """One line per twenty steps."""
        return self.path / 'log.csv'


class Trainer:
    """
    Trains one model by a recipe; continues the run in its folder if there is one.

    :param folder: Gets ``state.safetensors``, ``weights.safetensors`` and ``log.csv``.
    :param cache: Folder for rendered drives.
    """

    def __init__(self, recipe: Recipe, folder: Path, cache: Path) -> None:
        self.recipe = recipe
        self.folder = RunFolder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.config = ModelConfig.from_dict(recipe.model)
        self.model = build_model(self.config)
        # Twice as fast on CPUs.
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.material = Material(recipe, cache)
        self._class_tables = [
            class_table(self.config.label_set, stage.class_weights) for stage in recipe.stages
        ]
        self.log = RunLog(self.folder.log)
        self.stage, self.step = 0, 0
        self._moments: dict[str, Tensor] = {}
        if self.folder.state.exists():
            groups, progress = load_run(self.folder.state)
            self.model.load_state_dict(groups['model'])
            self.average = groups['average']
            self._moments = groups['optimiser']
            self.stage, self.step = progress['stage'], progress['step']
        self._forget_log()

    def run(self, on_step: Callable[[int, int], None] | None = None) -> Path:
        """
        Train to the end of the last stage.

        :param on_step: Told the steps done and the steps in all.
        :returns: the file of averaged weights.
        :raises TrainingError: if a loss or its gradient is not finite; names stage, step, batch
            and terms.
        """
        while self.stage < len(self.recipe.stages):
            self._run_stage(self.recipe.stages[self.stage], on_step)
            self.stage, self.step = self.stage + 1, 0
            self._moments = {}
        self._save(None)
        return self.folder.weights

    def _run_stage(self, stage: Stage, on_step: Callable[[int, int], None] | None) -> None:
        optimiser = build_optimiser(self.model, stage)
        if self._moments:
            restore_optimiser(optimiser, self._moments)
        full = (self.config.height, self.config.width_px)
        stream = batches(self.material.sources(stage), self.recipe, self.stage, self.step, full)
        began, images = time.monotonic(), 0
        for batch in stream:
            terms = self._update(stage, optimiser, batch)
            self.step += 1
            images += batch.labels.shape[0] * batch.labels.shape[1]
            if on_step:
                on_step(self._done, self.recipe.steps)
            if self.step % LOG_EVERY == 0:
                speed = {'images_per_s': images / (time.monotonic() - began)}
                self.log.add({'stage': stage.name, 'step': self.step, **speed, **terms})
            if self.step % SAVE_EVERY == 0:
                self._save(optimiser)

    def _update(
        self, stage: Stage, optimiser: torch.optim.Optimizer, batch: Batch
    ) -> dict[str, float]:
        self.model.train()
        if stage.freeze_norm:
            freeze_norm(self.model)
        rate = stage.learning_rate * schedule(self.step, stage)
        for group in optimiser.param_groups:
            group['lr'] = rate
        seed = (self.recipe.seed * 1009 + self.stage) * 1_000_003 + self.step
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)
        self.model.decoder.evidence_noise = stage.evidence_noise
        with torch.autocast('cpu', torch.bfloat16):
            loss, terms = objective(
                self.model,
                batch,
                stage.losses or self.recipe.losses,
                generator,
                min(1.0, self.step / RAMP_STEPS),
                self._class_tables[self.stage],
            )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        # A gradient can fail before the loss does; after its update nothing could be resumed.
        if not (math.isfinite(loss.item()) and math.isfinite(norm.item())):
            drawn = batch_seed(self.recipe, self.stage, self.step)
            raise TrainingError(
                f'the loss of stage {stage.name!r} is {loss.item()} and its gradient '
                f'{norm.item()} at step {self.step} with {terms}, in the batch drawn from {drawn} '
                f'(seed, stage, step); lower learning_rate ({stage.learning_rate}) or raise '
                f'warm_up, then run the same command to resume from {self.folder.state}'
            )
        optimiser.step()
        self._follow()
        return {'loss': loss.item(), 'rate': rate, **terms}

    @property
    def _done(self) -> int:
        return self.step + sum(stage.steps for stage in self.recipe.stages[: self.stage])

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the averaged weights; young averages forget their start sooner."""
        decay = min(self.recipe.ema_decay, (1 + self._done) / (10 + self._done))
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)

    def _forget_log(self) -> None:
        names = [stage.name for stage in self.recipe.stages]
        if self.stage < len(names):
            self.log.forget(names[self.stage], self.step, names[self.stage + 1 :])

    def _save(self, optimiser: torch.optim.Optimizer | None) -> None:
        kept = optimiser or torch.optim.AdamW(self.model.parameters())
        progress = {'stage': self.stage, 'step': self.step}
        save_run(self.folder.state, self.model, self.average, kept, progress)
        partial = self.folder.weights.with_suffix('.part')
        save_file({k: v.contiguous() for k, v in self.average.items()}, partial)
        partial.replace(self.folder.weights)


def build_optimiser(model: nn.Module, stage: Stage) -> torch.optim.Optimizer:
    """AdamW; no decay on vectors and tables (norms, biases, queries, positions)."""
    decayed = [p for n, p in model.named_parameters() if p.ndim > 1 and 'weight' in n]
    known = {id(p) for p in decayed}
    plain = [p for p in model.parameters() if id(p) not in known]
    groups = [
        {'params': decayed, 'weight_decay': stage.weight_decay},
        {'params': plain, 'weight_decay': 0.0},
    ]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, betas=(0.9, 0.99))


def schedule(step: int, stage: Stage) -> float:
    """Linear warm-up, then a half cosine to zero."""
    if step < stage.warm_up:
        return (step + 1) / stage.warm_up
    done = (step - stage.warm_up) / max(1, stage.steps - stage.warm_up)
    return 0.5 * (1 + math.cos(math.pi * done)) * 0.98 + 0.02


def class_table(label_set: str, factors: dict[str, float]) -> Tensor:
    """
    Lay factors out by class id: float32 [256].

    :raises TrainingError: if the label set has no class of a name.
    """
    classes = load_label_set(label_set).classes
    if unknown := sorted(set(factors) - set(classes)):
        raise TrainingError(f'class_weights name {unknown}; {label_set} has {list(classes)}')
    table = torch.ones(256)
    for name, factor in factors.items():
        table[classes.index(name)] = factor
    return table


def freeze_norm(model: nn.Module) -> None:
    """Let batch normalisation use its running statistics: clips are too alike to renew them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
