"""Hysteresis of the decision: a pixel keeps its class while the evidence for it is not gone."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.choice import enlarged, quarters, winner, woven
from time2general_ros.model.config import QUARTERS


class Decision(NamedTuple):
    """
    What each quarter of a stride-4 cell is taken for, see :func:`.choice.quarters`.

    :param classes: Believed probabilities, [B, H, W, C].
    :param last: Classes that were decided last, int64 [B, 4, H, W]; lead: what they were ahead by.
    :param confidence: The share of the decided classes, their mean over a cell, [B, H, W].
    :param ids: Decided classes as floats, [B, 4, H, W].
    """

    classes: Tensor
    last: Tensor
    lead: Tensor
    confidence: Tensor
    ids: Tensor

    @property
    def class_ids(self) -> Tensor:
        """The decided classes on their grid of 2 px, [B, 2 H, 2 W]."""
        return woven(self.ids)

    @property
    def scores(self) -> Tensor:
        """Probabilities of the cells with the lead of the old classes, [B, H, W, C]."""
        led = self._led(self.last) * self.lead[..., None]
        return (self.classes + led.mean(dim=1)) / (1.0 + self.lead.mean(dim=1)[..., None])

    @property
    def finer_scores(self) -> Tensor:
        """The same where classes are decided, [B, 2 H, 2 W, C]."""
        lead = woven(self.lead)[..., None]
        return (enlarged(self.classes) + lead * self._led(woven(self.last))) / (1.0 + lead)

    def _led(self, last: Tensor) -> Tensor:
        return functional.one_hot(last, self.classes.shape[3]).to(self.classes.dtype)


def decide(classes: Tensor, last: Tensor, lead: Tensor) -> Decision:
    """
    Choose the class of each quarter of a cell; an old class stays until another leads by more.

    :param classes: [B, H, W, C]; last: int64 [B, 4, H, W]; lead: [B, 4, H, W], 0 or more.
    """
    found = []
    for q, planes in enumerate(quarters(classes)):
        old, ahead = last[:, q : q + 1], lead[:, q : q + 1]
        best, ids = winner(planes)
        kept = planes.gather(1, old) + ahead
        share = torch.maximum(best, kept) / (1.0 + ahead)
        found.append((torch.where(kept >= best, old.to(ids.dtype), ids), share))
    ids, shares = (torch.cat(each, dim=1) for each in zip(*found, strict=True))
    return Decision(classes, last, lead, shares.mean(dim=1), ids)


def decide_without_memory(classes: Tensor) -> Decision:
    """Choose by the scores of the frame alone; of equal ones the first."""
    B, H, W, _ = classes.shape
    none = classes.new_zeros(B, QUARTERS, H, W)
    return decide(classes, none.to(torch.int64), none)


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
        :param last: Classes that were decided last, [B, 4, H, W], as floats.
        """
        old = last.clamp(0, classes.shape[3] - 1).to(torch.int64)
        seen = evidence.permute(0, 3, 1, 2).gather(1, old)
        lead = self.margin * trust.permute(0, 3, 1, 2) * (self.support * seen).clamp(max=1.0)
        return decide(classes, old, lead)
