"""One update of the weights, from a batch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from time2general_ros.training.errors import TrainingError
from time2general_ros.training.material import batch_seed
from time2general_ros.training.optimisation import freeze_norm, schedule

if TYPE_CHECKING:
    from pathlib import Path

    from lightning_fabric import Fabric

    from time2general_ros.training.batch import Batch
    from time2general_ros.training.objective.learner import Learner
    from time2general_ros.training.recipes.recipe import Recipe

RAMP_STEPS = 500


class Update:
    """
    Updates the weights of a learner by a recipe.

    :param fabric: Its processes share each update.
    :param state: What is resumed from after an error.
    """

    def __init__(self, recipe: Recipe, fabric: Fabric, learner: Learner, state: Path) -> None:
        self._recipe = recipe
        self._state = state
        self._fabric = fabric
        self._network = learner.model
        self._wrapped = fabric.setup_module(learner)

    def __call__(
        self, optimiser: torch.optim.Optimizer, batch: Batch, stage: int, step: int, at: int
    ) -> dict[str, float]:
        """
        Learn from a batch.

        :param step: Of the stage, which seeds all that is drawn; at: where in the schedule of the
            rate it is.
        :returns: loss, rate and the terms of the loss.
        :raises TrainingError: if the loss or its gradient is not finite.
        """
        of = self._recipe.stages[stage]
        self._network.train()
        if of.freeze_norm:
            freeze_norm(self._network)
        rate = of.learning_rate * schedule(at, of)
        for group in optimiser.param_groups:
            group['lr'] = rate * group['share']
        seed = (self._recipe.seed * 1009 + stage) * 1_000_003 + step
        seed += self._fabric.global_rank * 500_009
        torch.manual_seed(seed)
        self._network.decoder.evidence_noise = of.evidence_noise
        loss, terms = self._wrapped(batch, seed, min(1.0, step / RAMP_STEPS))
        optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(loss)
        norm = nn.utils.clip_grad_norm_(self._network.parameters(), self._recipe.clip_norm)
        # A gradient can fail before the loss does; after its update nothing could be resumed.
        if not (math.isfinite(loss.item()) and math.isfinite(norm.item())):
            drawn = batch_seed(self._recipe, stage, step, self._fabric.global_rank)
            raise TrainingError(
                f'the loss of stage {of.name!r} is {loss.item()} and its gradient {norm.item()} '
                f'at step {step} with {terms}, in the batch drawn from {drawn} (seed, stage, '
                f'step); lower learning_rate ({of.learning_rate}) or raise warm_up, then run the '
                f'same command to resume from {self._state}'
            )
        optimiser.step()
        return {'loss': loss.item(), 'rate': rate, **terms}
