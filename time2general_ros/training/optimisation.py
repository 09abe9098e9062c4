"""The optimiser of a stage, its learning rate, and what is held fixed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from time2general_ros.model.config import ConfigError

if TYPE_CHECKING:
    from time2general_ros.training.recipes.recipe import Stage

# Parts that come with what others taught them.
PRETRAINED = ('backbone.', 'encoder.context.path.')


def build_optimiser(model: nn.Module, stage: Stage) -> torch.optim.Optimizer:
    """
    AdamW; no decay on vectors and tables (norms, biases, queries, positions).

    Each group has its ``share`` of the learning rate, pretrained parts a smaller one.
    """
    groups: list[dict[str, Any]] = []
    for inside, share in ((False, 1.0), (True, stage.backbone_rate)):
        learned = [
            (name, parameter)
            for name, parameter in model.named_parameters()
            if parameter.requires_grad and name.startswith(PRETRAINED) == inside
        ]
        decayed = [p for name, p in learned if p.ndim > 1 and 'weight' in name]
        known = {id(p) for p in decayed}
        plain = [p for _, p in learned if id(p) not in known]
        groups += [
            {'params': decayed, 'weight_decay': stage.weight_decay, 'share': share},
            {'params': plain, 'weight_decay': 0.0, 'share': share},
        ]
    filled = [group for group in groups if group['params']]
    return torch.optim.AdamW(filled, lr=stage.learning_rate, betas=(0.9, 0.99))


def named(
    model: nn.Module, frozen: tuple[str, ...], only: tuple[str, ...] = ()
) -> list[nn.Parameter]:
    """
    Find the parameters that do not learn: their names begin with one of ``frozen``.

    :param only: If there are any, those are among them too that begin with none of these.

    :raises ConfigError: if a beginning fits no parameter.
    """
    names = [name for name, _ in model.named_parameters()]
    told = (*frozen, *only)
    if unknown := [start for start in told if not any(n.startswith(start) for n in names)]:
        known = sorted({'.'.join(name.split('.')[:2]) for name in names})
        raise ConfigError(
            f'frozen or only names {unknown}, and no parameter begins so; there are {known}'
        )
    return [
        parameter
        for name, parameter in model.named_parameters()
        if name.startswith(frozen) or (only and not name.startswith(only))
    ]


def hold(
    model: nn.Module, frozen: tuple[str, ...], only: tuple[str, ...] = ()
) -> list[nn.Parameter]:
    """Freeze what :func:`named` finds; return those that were free before, to be freed again."""
    held = [one for one in named(model, frozen, only) if one.requires_grad]
    for parameter in held:
        parameter.requires_grad_(False)
    return held


def schedule(step: int, stage: Stage) -> float:
    """Linear warm-up, then a half cosine to zero."""
    if step < stage.warm_up:
        return (step + 1) / stage.warm_up
    done = (step - stage.warm_up) / max(1, stage.steps - stage.warm_up)
    return 0.5 * (1 + math.cos(math.pi * done)) * 0.98 + 0.02


def freeze_norm(model: nn.Module) -> None:
    """Let batch normalisation use its running statistics: clips are too alike to renew them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
