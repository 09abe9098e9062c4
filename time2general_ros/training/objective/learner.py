"""What Lightning Fabric wraps: a batch in, its loss out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from time2general_ros.training.objective.imitation import encoder_objective
from time2general_ros.training.objective.objective import motion_objective, objective

if TYPE_CHECKING:
    from time2general_ros.model.network import Time2General
    from time2general_ros.training.batch import Batch
    from time2general_ros.training.objective.losses import LossWeights


class Learner(nn.Module):
    """
    What Fabric wraps: a batch in, its loss out, on any device and any number of them.

    :param weights: Of the losses; table: class weights [256]; members: which classes each label
        may be, bool [256, classes]; taught: whether the teacher fills in missing labels;
        motion_only: whether only the matching learns. As the stage has them.
    """

    weights: LossWeights
    table: Tensor
    members: Tensor
    taught = False
    motion_only = False
    encoder_only = False

    def __init__(
        self, model: Time2General, teacher: Time2General, original: Time2General | None
    ) -> None:
        super().__init__()
        self.model = model
        # In a list it is no part of this module: nothing of the teacher is learned.
        self._teacher = [teacher]
        self._original = [original]

    def forward(self, batch: Batch, seed: int, ramp: float) -> tuple[Tensor, dict[str, float]]:
        """Compute :func:`objective`."""
        generator = torch.Generator().manual_seed(seed)
        if self.motion_only:
            return motion_objective(self.model, batch, self.weights, generator)
        original = self._original[0]
        if self.encoder_only and original:
            return encoder_objective(self.model, original, batch)
        teacher = self._teacher[0] if self.taught else None
        return objective(
            self.model,
            batch,
            self.weights,
            generator,
            ramp,
            self.members,
            self.table,
            teacher,
            original,
        )
