"""Averaged weights: what is shipped, and the teacher of frames without a label."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.model.network import Time2General


class Averaged:
    """
    An exponential moving average of a network's weights, as a network of its own.

    :param decay: What is kept per step; young averages forget their start sooner.
    """

    def __init__(self, model: Time2General, decay: float) -> None:
        self._decay = decay
        self.network = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        own = dict(self.network.named_parameters())
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                # Frozen weights never move, so both share them.
                own[name].data = parameter.data

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The averaged weights, live."""
        tensors: dict[str, Tensor] = self.network.state_dict()
        return tensors

    @torch.no_grad()
    def follow(self, model: Time2General, steps: int) -> None:
        """Move towards the weights of a network that has done so many steps."""
        decay = min(self._decay, (1 + steps) / (10 + steps))
        tensors = self.tensors
        for name, value in model.state_dict().items():
            kept = tensors[name]
            if kept.data_ptr() == value.data_ptr():
                continue
            if value.is_floating_point():
                kept.lerp_(value, 1 - decay)
            else:
                kept.copy_(value)
