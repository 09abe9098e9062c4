"""Learning from a larger network: its features, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.model.decoder import MemoryDecoder
from time2general_ros.training.inheritance import kept_classes

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.labels.label_set import LabelSet
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


def kept_tables(labels: LabelSet, others: LabelSet) -> tuple[Tensor, Tensor] | None:
    """
    Bring the classes of two networks to those that both know, and one for all others.

    A class is known to both if it begins as one of the other's: see :func:`kept_classes`.

    :returns: of this network and of the other, float [classes, kept + 1]; None if they have no
        class in common.
    """
    theirs = dict(kept_classes(others, labels))
    kept = sorted({*theirs.values()})
    if not kept:
        return None
    columns = {index: column for column, index in enumerate(kept)}
    tables = torch.zeros(len(labels), len(kept) + 1), torch.zeros(len(others), len(kept) + 1)
    for index in range(len(labels)):
        tables[0][index, columns.get(index, -1)] = 1
    for index in range(len(others)):
        tables[1][index, columns[theirs[index]] if index in theirs else -1] = 1
    return tables


def kept_error(
    scores: Tensor, others: Tensor, tables: tuple[Tensor, Tensor], batch: Batch
) -> Tensor:
    """
    Compare answers with the original's in the classes that both know, where no label is.

    So a network with further classes does not unlearn the old ones (Li and Hoiem, Learning
    without Forgetting, 2016).

    :param scores: [T, B, h, w, C], positive; others: [T, B, h, w, C'].
    :param tables: Of :func:`kept_tables`.
    """
    shares = []
    for each, table in zip((scores, others), tables, strict=True):
        common = each.float() @ table.to(each.device)
        shares.append((common / common.sum(dim=-1, keepdim=True)).clamp(min=1e-6))
    own, theirs = shares
    apart = (theirs * (theirs.log() - own.log())).sum(dim=-1)
    unknown = ((batch.labels == UNLABELLED) | (batch.weights == 0)).transpose(0, 1).to(apart)
    return (apart * unknown).sum() / unknown.sum().clamp(min=1)
