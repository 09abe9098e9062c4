"""The belief map: class probabilities that follow the scene from frame to frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.motion import Motion, warp
from time2general_ros.model.positions import AgeEmbedding

HIDDEN_WIDTH = 16
CUES = 6
# A pixel counts at most this many frames of evidence, and slots hold it as a share of that.
MOST_FRAMES = 4.0


class Belief(NamedTuple):
    """
    What is believed of every stride-4 pixel.

    :param classes: Probabilities, float32 [B, H/4, W/4, classes].
    :param frames: How many frames of evidence they rest on, as a share of ``MOST_FRAMES``,
        [B, H/4, W/4, 1]; 0 where nothing is believed.
    """

    classes: Tensor
    frames: Tensor


class BeliefUpdate(nn.Module):
    """
    Predict and correct, as in a recursive Bayesian filter.

    The last belief moves along with its content, then a learned gate decides for each pixel how
    far it outweighs what the present frame shows. Unlike smoothing of scores in place, this keeps
    still what moves, and lets go of what is covered, uncovered or out of date.

    :param features: Channels of the stride-4 features that the gate sees.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(features + CUES, HIDDEN_WIDTH, 3, padding=1)
        self.age = AgeEmbedding(HIDDEN_WIDTH)
        self.decide = nn.Conv2d(HIDDEN_WIDTH, 1, 1)
        nn.init.constant_(self.decide.bias, 1.0)  # type: ignore[arg-type]

    def forward(
        self, evidence: Tensor, features: Tensor, last: Belief, motion: Motion, age_s: Tensor
    ) -> Belief:
        """
        Correct the last belief by the evidence of the present frame.

        :param evidence: Probabilities of the frame alone, [B, H/4, W/4, classes].
        :param features: [B, C, H/4, W/4]; age_s: [B], age of the last belief.
        """
        moved, inside = warp(torch.cat(last, dim=3), motion.flow)
        classes, frames = moved[..., :-1], moved[..., -1:]
        cues = torch.cat(
            [
                (classes * evidence).sum(dim=3, keepdim=True),
                classes.amax(dim=3, keepdim=True),
                evidence.amax(dim=3, keepdim=True),
                frames,
                motion.found,
                inside[..., None],
            ],
            dim=3,
        )
        seen = self.look(torch.cat([features, cues.permute(0, 3, 1, 2).to(features.dtype)], 1))
        seen = functional.relu(seen + self.age(age_s)[:, :, None, None])
        gate = self.decide(seen).float().sigmoid().permute(0, 2, 3, 1)
        gate = gate * (frames * MOST_FRAMES).clamp(max=1.0)
        held = (gate * frames + 1.0 / MOST_FRAMES).clamp(max=1.0)
        return Belief(evidence + gate * (classes - evidence), held)
