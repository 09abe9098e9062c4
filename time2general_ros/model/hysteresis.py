"""Hysteresis of the decision: a pixel keeps its class while the evidence for it is not gone."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from time2general_ros.model.choice import winner


class Decision(NamedTuple):
    """
    What each stride-4 pixel is taken for.

    :param scores: Probabilities after the lead of the old class, [B, H, W, C].
    :param confidence: The best of them, [B, H, W, 1]; ids: its class as a float, [B, H, W, 1].
    """

    scores: Tensor
    confidence: Tensor
    ids: Tensor


class Hysteresis(nn.Module):
    """
    Favour the class that each pixel was given last, in place.

    Three quarters of what flickers lies within a cell of a border: a border that creeps by a
    fraction of a cell lets a whole cell change its class, and noise lets it change back. As in a
    Schmitt trigger (1938) a cell changes only once the new class leads by a margin. The margin
    fades where memory is not believed and where the frame itself shows nothing of the old class.

    :ivar margin: The lead that is asked for, as a probability.
    :ivar support: The old class counts in full from a probability of ``1 / support`` on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.margin = nn.Parameter(torch.tensor(0.5))
        self.support = nn.Parameter(torch.tensor(3.0))

    def forward(self, classes: Tensor, evidence: Tensor, trust: Tensor, last: Tensor) -> Decision:
        """
        Decide; what is believed stays as it is.

        :param classes: Believed probabilities, [B, H, W, C]; evidence: those of the frame alone.
        :param trust: How far memory is believed, [B, H, W, 1], 0 to 1; 0 where there is none.
        :param last: Class that was decided last, [B, H, W, 1], as a float.
        """
        every = torch.arange(classes.shape[3], device=classes.device, dtype=last.dtype)
        kept = (last == every).to(classes.dtype)
        seen = (evidence * kept).sum(dim=3, keepdim=True)
        lead = self.margin * trust * (self.support * seen).clamp(max=1.0)
        scores = (classes + lead * kept) / (1.0 + lead)
        return Decision(scores, *winner(scores))
