"""What training minimises: fixed-matching segmentation and consistency over time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from time2general_ros.labels.label_set import UNLABELLED

TRUSTED = 0.5


@dataclass(frozen=True)
class LossWeights:
    """
    Weight of each term.

    :param mtc: Masked temporal consistency of one frame between two memories.
    :param temporal: The same between neighbouring frames, on pixels of unchanged label.
    :param motion: Distance from known motion; appearance: what is left after moving a frame.
    :param overlap: Dice of what is decided, class by class, for what cross-entropy hardly sees.
    :param features: Distance from the features of the network that is imitated; answers: from
        its class probabilities.
    :param kept: The same where it tells other classes apart, and no label says better.
    """

    cross_entropy: float = 1.0
    mask: float = 5.0
    dice: float = 5.0
    presence: float = 0.5
    mtc: float = 0.5
    temporal: float = 0.5
    motion: float = 0.5
    appearance: float = 0.5
    overlap: float = 0.0
    features: float = 0.0
    answers: float = 0.0
    kept: float = 0.0


def cross_entropy(scores: Tensor, labels: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """
    Weighted cross-entropy of the composed score map; a group has the sum of its classes' scores.

    :param scores: Positive class scores [B, h, w, C]; labels: int64 [B, h, w], 255 = void;
        weights: [B, h, w].
    :param members: Which classes each label may be, bool [256, C].
    """
    known = weights * (labels != UNLABELLED)
    may = members[labels] | (labels == UNLABELLED)[..., None]
    loss = scores.sum(dim=3).log() - (scores * may).sum(dim=3).log()
    return (loss * known).sum() / known.sum().clamp(min=1)


def class_logits(mask_logits: Tensor, classes: int) -> Tensor:
    """Join the K masks of each class softly: [B, h, w, classes * K] to [B, h, w, classes]."""
    logits: Tensor = mask_logits.float().unflatten(3, (classes, -1)).logsumexp(dim=4)
    return logits


def mask_and_dice(
    logits: Tensor, labels: Tensor, weights: Tensor, members: Tensor
) -> tuple[Tensor, Tensor]:
    """
    Binary cross-entropy and dice of class masks under fixed matching.

    Class c is compared with the pixels labelled c, never re-matched (as in tqdm, 2024). Both are
    means over the classes that are present in an image. The label of a group says nothing of its
    own classes, and that all others are not there.
    """
    truth, known = _truth(logits, labels, weights, members)
    present = truth.flatten(1, 2).amax(dim=1)
    count = present.sum().clamp(min=1)
    area = known.sum(dim=(1, 2)).clamp(min=1)
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction='none')
    mask = ((entropy * known).sum(dim=(1, 2)) / area).sum() / count
    return mask, _dice(logits.sigmoid(), truth, known)


def overlap(scores: Tensor, labels: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """
    Compare what is decided with the truth by dice, each class alike.

    Thin things are few pixels: cross-entropy hardly notices when memory smears them. Groups of
    classes count as classes do, so that coarse labels teach what they will be scored by.

    :param scores: Class probabilities [B, h, w, C]; labels: int64 [B, h, w], 255 = void;
        weights: [B, h, w]; members: as in :func:`cross_entropy`.
    """
    several = members[members.sum(dim=1) > 1].unique(dim=0)
    kinds = torch.cat([torch.eye(members.shape[1], device=members.device), several])
    common, size = members.float() @ kinds.T, members.sum(dim=1, keepdim=True)
    inside, apart = (common == size) & (size > 0), common == 0
    sums = [scores[..., group].sum(dim=3, keepdim=True) for group in several]
    trust = (weights * (labels != UNLABELLED))[..., None]
    truth = (inside[labels] & (trust > 0)).to(scores.dtype)
    return _dice(torch.cat([scores, *sums], dim=3), truth, trust * (inside | apart)[labels])


def _truth(
    scores: Tensor, labels: Tensor, weights: Tensor, members: Tensor
) -> tuple[Tensor, Tensor]:
    """Give the true classes like scores [B, h, w, C], and trust in each, of the same shape."""
    may = members[labels]
    single = may.sum(dim=3, keepdim=True) == 1
    trust = (weights * (labels != UNLABELLED))[..., None]
    known = trust * (single | ~may)
    return (may & single & (trust > 0)).to(scores.dtype), known


def _dice(guess: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Average dice errors over the classes that are present in an image."""
    present = truth.flatten(1, 2).amax(dim=1)
    guess = guess * known
    both = (guess * truth).sum(dim=(1, 2))
    total = guess.sum(dim=(1, 2)) + (truth * known).sum(dim=(1, 2))
    errors = (1 - (2 * both + 1) / (total + 1)) * present
    return errors.sum() / present.sum().clamp(min=1)


def presence(logits: Tensor, labels: Tensor, weights: Tensor, members: Tensor) -> Tensor:
    """
    Binary cross-entropy of "this query's class is in the image": logits [B, classes * K].

    A class is left out where only a group that it belongs to is known to be there.
    """
    may = members[torch.where(weights > TRUSTED, labels, UNLABELLED)]
    single = may.sum(dim=3, keepdim=True) == 1
    there, perhaps = ((may & kind).flatten(1, 2).any(dim=1) for kind in (single, ~single))
    each = logits.shape[1] // members.shape[1]
    target, known = (
        of.to(logits.dtype).repeat_interleave(each, dim=1) for of in (there, there | ~perhaps)
    )
    errors = functional.binary_cross_entropy_with_logits(logits, target, reduction='none')
    return (errors * known).sum() / known.sum().clamp(min=1)


def divergence(scores: Tensor, others: Tensor, stable: Tensor) -> Tensor:
    """
    Symmetric Kullback-Leibler divergence of two score maps on stable pixels.

    :param scores: [B, h, w, C], positive; others likewise; stable: weights [B, h, w] >= 0.
    :returns: 0 for equal maps; no gradient outside the stable pixels.
    """
    p = scores / scores.sum(dim=3, keepdim=True)
    q = others / others.sum(dim=3, keepdim=True)
    distance = ((p - q) * (p.log() - q.log())).sum(dim=3)
    return (distance * stable).sum() / stable.sum().clamp(min=1)


def stable_pixels(labels: Tensor, weights: Tensor) -> Tensor:
    """
    Trust in "the label of this pixel is the same through all frames".

    :param labels: [B, T, h, w]; weights: [B, T, h, w].
    :returns: [B, h, w]: the least weight where all labels are valid and equal, else 0.
    """
    same = (labels == labels[:, :1]).all(dim=1) & (labels[:, 0] != UNLABELLED)
    return weights.amin(dim=1) * same
