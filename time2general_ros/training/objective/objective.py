"""One training objective over a clip: every frame's segmentation and its stability."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from time2general_ros.labels.label_set import UNLABELLED
from time2general_ros.model.config import ConfigError
from time2general_ros.model.decoder import MemoryDecoder
from time2general_ros.training.batch import Batch, LabelTensors
from time2general_ros.training.objective import losses
from time2general_ros.training.objective.imitation import (
    answer_error,
    described,
    feature_error,
    kept_error,
    kept_tables,
)
from time2general_ros.training.objective.motion import (
    appearance_error,
    motion_error,
    newest_source,
)

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.model.decoder import Decoded, Features
    from time2general_ros.model.motion import Match, Motion
    from time2general_ros.model.network import Time2General
    from time2general_ros.training.objective.losses import LossWeights

# How often earlier frames are hidden from a training clip, so that drops, short memories and
# none at all are familiar.
DROP_FRAME, DROP_ALL = 0.15, 0.1
# Below this probability a teacher's class is no label.
SURE = 0.8


def draw_readable(
    generator: torch.Generator, batch: int, frames: int, slots: int, ahead: int = 0
) -> Tensor:
    """
    Draw which other frames each frame may read: [B, T, T] of 0 and 1.

    A clip has its own memory length, some frames are dropped, some clips have no memory.

    :param ahead: How many later frames may be read, by a decoder that is not causal.
    """
    order = torch.arange(frames)
    gap = order[:, None] - order[None, :]
    length = torch.randint(1, slots + 1, (batch, 1, 1), generator=generator)
    near = (gap != 0) & (gap >= -ahead) & (gap <= length)
    kept = torch.rand(batch, frames, frames, generator=generator) > DROP_FRAME
    used = torch.rand(batch, 1, 1, generator=generator) > DROP_ALL
    return (near & kept & used).float()


def objective(
    model: Time2General,
    batch: Batch,
    weights: LossWeights,
    generator: torch.Generator,
    ramp: float,
    members: Tensor,
    class_weights: Tensor | None = None,
    teacher: Time2General | None = None,
    original: Time2General | None = None,
) -> tuple[Tensor, dict[str, float]]:
    """
    Compute the loss of a batch of clips.

    :param ramp: 0 to 1, how far the consistency terms count yet.
    :param members: Which classes each label may be, bool [256, classes].
    :param class_weights: [256], factors on the cross-entropy by label; 1 if not given.
    :param teacher: Names, for the consistency terms alone, the class where no label is.
    :param original: The network that is imitated, if any; see :mod:`.imitation`.
    :returns: the weighted sum, and each unweighted term for the log.
    """
    B, T = batch.labels.shape[:2]
    features = model.encode_clip(batch.images)
    config = model.config
    readable = draw_readable(generator, B, T, config.slots, config.ahead).to(batch.images.device)
    answers = model.rollout(features, batch.stamps_s, readable)
    scores = _decided(answers, batch)
    terms = _segmentation(
        model, answers, scores, batch, members, class_weights, with_overlap=weights.overlap > 0
    )
    if original and (weights.features or weights.answers or weights.kept):
        terms |= _imitation(model, original, features, answers, batch, readable)
    if T > 1:
        labels = taught(batch, teacher) if teacher else batch.chosen
        terms['temporal'] = _temporal(scores, labels, generator) * ramp
        terms['mtc'] = _cross_stride(model, features, answers, scores, batch, labels) * ramp
        found = [(a.match, a.motion) for a in answers[1:] if a.match and a.motion]
        if found and (weights.motion or weights.appearance):
            terms |= _motion(found, batch, readable, config.slots)
    factors = asdict(weights)
    total = torch.stack([factors[name] * value for name, value in terms.items()]).sum()
    return total, {name: value.item() for name, value in terms.items()}


@torch.no_grad()
def taught(batch: Batch, teacher: Time2General) -> LabelTensors:
    """
    Fill in what a teacher is sure of where no label is known.

    Label-stable pixels of sparsely labelled videos are then those on which the teacher agrees with
    itself over all frames of a window.
    """
    answers = _decided(teacher.clip(batch.images, batch.stamps_s), batch)
    sure, ids = torch.stack(answers, dim=1).max(dim=4)
    known, weights = batch.chosen
    unknown = (known == UNLABELLED) | (weights == 0)
    filled = unknown & (sure > SURE)
    labels = torch.where(filled, ids, torch.where(unknown, UNLABELLED, known))
    return LabelTensors(labels, torch.where(filled, sure, weights))


def _decided(answers: list[Decoded], batch: Batch) -> list[Tensor]:
    """Give the scores of each frame on the grid of the labels that teach decided classes."""
    if batch.finer:
        return [answer.decision.finer_scores for answer in answers]
    return [answer.scores for answer in answers]


def _segmentation(
    model: Time2General,
    answers: list[Decoded],
    scores: list[Tensor],
    batch: Batch,
    members: Tensor,
    class_weights: Tensor | None,
    *,
    with_overlap: bool,
) -> dict[str, Tensor]:
    labels, trust = batch.labels.flatten(0, 1), batch.weights.flatten(0, 1)
    classes = model.config.classes
    masks = torch.stack([answer.mask_logits for answer in answers], dim=1).flatten(0, 1)
    asked = torch.stack([answer.presence_logits for answer in answers], dim=1).flatten(0, 1)
    logits = losses.class_logits(masks, classes)
    mask, dice = losses.mask_and_dice(logits, labels, trust, members)
    terms = {
        'mask': mask,
        'dice': dice,
        'presence': losses.presence(asked.float(), labels, trust, members),
    }
    decided = torch.stack(scores, dim=1).flatten(0, 1)
    labels, trust = (part.flatten(0, 1) for part in batch.chosen)
    balanced = trust if class_weights is None else trust * class_weights[labels]
    terms['cross_entropy'] = losses.cross_entropy(decided, labels, balanced, members)
    if with_overlap:
        terms['overlap'] = losses.overlap(decided, labels, trust, members)
    return terms


def _imitation(
    model: Time2General,
    original: Time2General,
    features: Features,
    answers: list[Decoded],
    batch: Batch,
    readable: Tensor,
) -> dict[str, Tensor]:
    with torch.no_grad():
        others = original.encode_clip(batch.images)
        their_answers = original.rollout(others, batch.stamps_s, readable)
        theirs = described(original, type(others)(*(part.flatten(0, 1) for part in others)))
    own = described(model, type(features)(*(part.flatten(0, 1) for part in features)))
    terms = {'features': feature_error(own, theirs)}
    mine, other = (
        torch.stack([answer.scores for answer in each]) for each in (answers, their_answers)
    )
    labels, others_labels = model.config.label_set, original.config.label_set
    if labels.classes == others_labels.classes:
        return terms | {'answers': answer_error(mine, other)}
    tables = kept_tables(labels, others_labels)
    return terms | ({'kept': kept_error(mine, other, tables, batch)} if tables else {})


def motion_objective(
    model: Time2General, batch: Batch, weights: LossWeights, generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """
    Compute the loss of the matching alone; everything else is left as it is.

    Without the rest of the decoder and without a gradient in the encoder it is several times as
    fast as :func:`objective`.

    :raises ConfigError: if the decoder has no matching.
    """
    B, T = batch.labels.shape[:2]
    decoder = model.decoder
    if not isinstance(decoder, MemoryDecoder):
        raise ConfigError(
            f'preset {model.config.preset!r} matches nothing; leave motion_only out of its recipe'
        )
    with torch.no_grad():
        features = model.encode(batch.images.flatten(0, 1))
    H, W = features.stride8.shape[-2:]
    described = decoder.describe(features.stride8, features.stride4).unflatten(0, (B, T))
    texture = decoder.refine.texture(features.stride4).unflatten(0, (B, T))
    readable = draw_readable(generator, B, T, model.config.slots).to(batch.images.device)
    found = []
    for t in range(1, T):
        source = newest_source(readable, t, model.config.slots)
        each = torch.arange(B, device=described.device)
        age_s = batch.stamps_s[:, t] - batch.stamps_s[each, source.frame]
        last = described[each, source.frame]
        match = decoder.matching((H, W), described[:, t], last, age_s, source.present)
        motion = decoder.refine(match, texture[:, t], texture[each, source.frame])
        found.append((match, motion))
    terms = _motion(found, batch, readable, model.config.slots)
    total = weights.motion * terms['motion'] + weights.appearance * terms['appearance']
    return total, {name: value.item() for name, value in terms.items()}


def _motion(
    found: list[tuple[Match, Motion]], batch: Batch, readable: Tensor, slots: int
) -> dict[str, Tensor]:
    """Teach where content moved, as far as it is known and as far as it shows."""
    small = functional.avg_pool2d(batch.images.flatten(0, 1), 4).unflatten(
        0, batch.labels.shape[:2]
    )
    motion, appearance = [], []
    for t, (match, dense) in enumerate(found, start=1):
        source = newest_source(readable, t, slots)
        motion.append(motion_error(match.flow, 8, batch.views, t, source))
        motion.append(2 * motion_error(dense.flow, 4, batch.views, t, source))
        appearance.append(appearance_error(dense.flow, small, t, source))
    return {'motion': torch.stack(motion).mean(), 'appearance': torch.stack(appearance).mean()}


def _temporal(scores: list[Tensor], labels: LabelTensors, generator: torch.Generator) -> Tensor:
    """Neighbouring frames must agree where the label does; half of the time the older leads."""
    older_leads = bool(torch.rand((), generator=generator) < 0.5)
    total = scores[0].new_zeros(())
    for t in range(1, len(scores)):
        older = scores[t - 1].detach() if older_leads else scores[t - 1]
        stable = losses.stable_pixels(
            labels.ids[:, t - 1 : t + 1], labels.weights[:, t - 1 : t + 1]
        )
        total = total + losses.divergence(scores[t], older, stable)
    return total / (len(scores) - 1)


def _cross_stride(
    model: Time2General,
    features: Features,
    answers: list[Decoded],
    scores: list[Tensor],
    batch: Batch,
    labels: LabelTensors,
) -> Tensor:
    """
    Decode the last frame again with every second earlier frame; both answers must agree.

    The masked temporal consistency loss of Time2General (arXiv 2602.09648) as we read it: "across
    strides" means one frame under two samplings of its memory.
    """
    last = len(answers) - 1
    first = max(0, last - model.config.slots)
    memory = torch.stack([answers[u].slot for u in range(first, last)], dim=1)
    age_s = batch.stamps_s[:, last:] - batch.stamps_s[:, first:last]
    sparse = torch.tensor([float((last - u) % 2 == 0) for u in range(first, last)])
    again = model.decode(
        type(features)(*(part[:, last] for part in features)),
        memory,
        age_s,
        sparse.to(age_s).expand_as(age_s),
    )
    (other,) = _decided([again], batch)
    return losses.divergence(other, scores[last], losses.stable_pixels(*labels))
