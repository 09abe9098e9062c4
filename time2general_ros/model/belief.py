"""The belief map: class probabilities that follow the scene from frame to frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.motion import Motion, warp
from time2general_ros.model.positions import AgeEmbedding

HIDDEN_WIDTH = 24
CUES = 6
# Neighbouring pixels tell together whether what was moved here still looks the same.
NEIGHBOURS = 3
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


class Texture(NamedTuple):
    """
    What a pixel looks like, to be compared between frames.

    :param now: Of the present frame; last: of the newest slot; each [B, H/4, W/4, width].
    """

    now: Tensor
    last: Tensor


class BeliefUpdate(nn.Module):
    """
    Predict and correct, as in a recursive Bayesian filter.

    The last belief moves along with its content, then a learned gate decides for each pixel how
    far it outweighs what the present frame shows. Unlike smoothing of scores in place, this keeps
    still what moves, and lets go of what is covered, uncovered or out of date. Where the moved
    texture does not look like the present one the motion was wrong or something came into view,
    and the gate closes, as a Kalman filter refuses a measurement far from its prediction.

    :param features: Channels of the stride-4 features that the gate sees; texture: of textures.
    """

    def __init__(self, features: int, texture: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(features + CUES + texture, HIDDEN_WIDTH, 3, padding=1)
        self.age = AgeEmbedding(HIDDEN_WIDTH)
        self.decide = nn.Conv2d(HIDDEN_WIDTH, 1, 1)
        self.tolerance = nn.Parameter(torch.tensor(0.2))
        self.strictness = nn.Parameter(torch.tensor(3.0))
        nn.init.constant_(self.decide.bias, 1.0)  # type: ignore[arg-type]

    def forward(
        self,
        evidence: Tensor,
        features: Tensor,
        last: Belief,
        motion: Motion,
        texture: Texture,
        age_s: Tensor,
    ) -> tuple[Belief, Tensor]:
        """
        Correct the last belief by the evidence of the present frame.

        :param evidence: Probabilities of the frame alone, [B, H/4, W/4, classes].
        :param features: [B, C, H/4, W/4]; age_s: [B], age of the last belief.
        :returns: what is believed now, and the gate, [B, H/4, W/4, 1], 0 to 1.
        """
        C = evidence.shape[3]
        moved, inside = warp(torch.cat([*last, texture.last], dim=3), motion.flow)
        classes, frames, looked = moved[..., :C], moved[..., C : C + 1], moved[..., C + 1 :]
        changed = (texture.now - looked).abs()
        cues = torch.cat(
            [
                (classes * evidence).sum(dim=3, keepdim=True),
                classes.amax(dim=3, keepdim=True),
                evidence.amax(dim=3, keepdim=True),
                frames,
                motion.found,
                inside[..., None],
                changed,
            ],
            dim=3,
        )
        seen = self.look(torch.cat([features, cues.permute(0, 3, 1, 2).to(features.dtype)], 1))
        seen = functional.relu(seen + self.age(age_s)[:, :, None, None])
        gate = self.decide(seen).float().sigmoid().permute(0, 2, 3, 1)
        gate = gate * self._likeness(changed) * (frames * MOST_FRAMES).clamp(max=1.0)
        held = (gate * frames + 1.0 / MOST_FRAMES).clamp(max=1.0)
        return Belief(evidence + gate * (classes - evidence), held), gate

    def _likeness(self, changed: Tensor) -> Tensor:
        """Say how far a pixel still looks as it did: [B, H, W, width] to [B, H, W, 1], 0 to 1."""
        mean = changed.mean(dim=3, keepdim=True).permute(0, 3, 1, 2)
        around = functional.avg_pool2d(
            mean, NEIGHBOURS, 1, NEIGHBOURS // 2, count_include_pad=False
        ).permute(0, 2, 3, 1)
        return (-self.strictness.abs() * functional.relu(around - self.tolerance)).exp()
