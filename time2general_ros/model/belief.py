"""The belief map: class probabilities that follow the scene from frame to frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.convolutions import convolution
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
    What is believed of each stride-4 pixel.

    :param classes: Their probabilities, [B, H, W, C].
    :param frames: How many frames of evidence they rest on, as a share of ``MOST_FRAMES``,
        [B, H, W, 1]; 0 where nothing is believed.
    """

    classes: Tensor
    frames: Tensor


class BeliefUpdate(nn.Module):
    """
    Predict and correct, as in a recursive Bayesian filter.

    The last belief moves along with its content, then a learned gate decides for each pixel how
    far it outweighs what the present frame shows. Unlike smoothing of scores in place, this keeps
    still what moves, and lets go of what is covered, uncovered or out of date. Where the moved
    texture does not look like the present one the motion was wrong or something came into view,
    and the gate closes, as a Kalman filter refuses a measurement far from its prediction.

    How far memory is heard depends on what the frame shows as well: signs and poles come and go
    faster than roads, and are lost if they are expected to stay.

    :param features: Channels of the stride-4 features that the gate sees; texture: of textures.
    :ivar patience: For each class that the frame shows, how far memory is heard, 1 in full.
    """

    def __init__(
        self, features: int, texture: int, classes: int, *, separable: bool = False
    ) -> None:
        super().__init__()
        self.look = convolution(features, HIDDEN_WIDTH, separable=separable)
        self.compare = convolution(CUES + texture, HIDDEN_WIDTH, separable=separable)
        self.age = AgeEmbedding(HIDDEN_WIDTH)
        self.decide = nn.Conv2d(HIDDEN_WIDTH, 1, 1)
        self.patience = nn.Parameter(torch.ones(classes))
        self.tolerance = nn.Parameter(torch.tensor(0.2))
        self.strictness = nn.Parameter(torch.tensor(3.0))
        nn.init.constant_(self.decide.bias, 1.0)  # type: ignore[arg-type]

    def forward(
        self, evidence: Tensor, features: Tensor, last: Tensor, motion: Motion, age_s: Tensor
    ) -> tuple[Belief, Tensor]:
        """
        Correct the last belief by the evidence of the present frame.

        :param evidence: Probabilities of the frame alone, [B, H/4, W/4, classes].
        :param features: [B, C, H/4, W/4]; age_s: [B], age of the last belief.
        :param last: The last belief, its parts side by side, float32 [B, H/4, W/4, classes + 1].
        :returns: what is believed now, and the gate, [B, H/4, W/4, 1], 0 to 1.
        """
        C = evidence.shape[3]
        moved, inside = warp(last, motion.flow)
        classes, frames = moved[..., :C], moved[..., C]
        agreement = (classes * evidence).sum(dim=3)
        cues = [agreement, classes.amax(dim=3), evidence.amax(dim=3), frames]
        planes = torch.cat(
            [
                torch.stack(cues, dim=1),
                motion.found,
                inside[:, None],
                motion.changed.permute(0, 3, 1, 2),
            ],
            dim=1,
        )
        seen = self.look(features) + self.compare(planes.to(features.dtype))
        seen = functional.relu(seen + self.age(age_s)[:, :, None, None])
        gate = self.decide(seen).float().sigmoid()[:, 0] * self._likeness(motion.changed)
        gate = gate * (frames * MOST_FRAMES).clamp(max=1.0)
        gate = gate * torch.matmul(evidence, self.patience.clamp(0.0, 1.0))
        held = (gate * frames + 1.0 / MOST_FRAMES).clamp(max=1.0)[..., None]
        gate = gate[..., None]
        return Belief(evidence + gate * (classes - evidence), held), gate

    def _likeness(self, changed: Tensor) -> Tensor:
        """Say how far a pixel still looks as it did: [B, H, W, width] to [B, H, W], 0 to 1."""
        around = functional.avg_pool2d(
            changed.mean(dim=3)[:, None], NEIGHBOURS, 1, NEIGHBOURS // 2, count_include_pad=False
        )[:, 0]
        return (-self.strictness.abs() * functional.relu(around - self.tolerance)).exp()
