"""Learning from a larger network: its features, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from time2general_ros.model.decoder import MemoryDecoder

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.model.decoder import Features
    from time2general_ros.model.network import Time2General
    from time2general_ros.training.batch import Batch

# Differences of features count quadratically up to this many deviations.
BEND = 1.0


def described(network: Time2General, features: Features) -> list[Tensor]:
    """Give all that later parts of a network see of a frame, as tensors [B, ...]."""
    parts = [features.tokens, features.stride8, features.stride4]
    if isinstance(network.decoder, MemoryDecoder):
        decoder = network.decoder
        parts.append(decoder.describe(features.stride8, features.stride4))
        parts.append(decoder.refine.texture(features.stride4))
    return parts


def feature_error(own: list[Tensor], other: list[Tensor]) -> Tensor:
    """
    Compare features in units of their own deviation (Romero et al., FitNets, 2015).

    :returns: the mean over the parts; 0 if they are equal.
    """
    errors = []
    for mine, theirs in zip(own, other, strict=True):
        apart = (mine.float() - theirs.float()) / theirs.float().std().clamp(min=1e-6)
        errors.append(
            torch.nn.functional.smooth_l1_loss(apart, torch.zeros_like(apart), beta=BEND)
        )
    return torch.stack(errors).mean()


def answer_error(scores: Tensor, others: Tensor) -> Tensor:
    """
    Compare class probabilities with those of the original (Hinton et al., 2015).

    :param scores: [..., C], positive; others: the same, which the divergence is from.
    """
    return (others * (others.log() - scores.log())).sum(dim=-1).mean()


def encoder_objective(
    model: Time2General, original: Time2General, batch: Batch
) -> tuple[Tensor, dict[str, float]]:
    """Compute the loss of the encoder alone, against the features of the original."""
    images = batch.images.flatten(0, 1)
    with torch.no_grad():
        theirs = described(original, original.encode(images))
    total = feature_error(described(model, model.encode(images)), theirs)
    return total, {'features': total.item()}
