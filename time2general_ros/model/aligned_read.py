"""Read of the newest slot's stride-8 state, aligned to the present frame by local attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.config import ModelConfig
from time2general_ros.model.convolutions import TokenConvolution
from time2general_ros.model.layout import to_tokens
from time2general_ros.model.motion import Match
from time2general_ros.model.positions import AgeEmbedding

BLOCK = 4
AROUND = (3 * BLOCK) ** 2
REACH = 2 * BLOCK - 1
SPAN = 2 * REACH + 1
CERTAIN = 1e4


def blocks(x: Tensor) -> Tensor:
    """Cut [B, H, W, C] into blocks: [B, H/4, W/4, 16, C]."""
    B, H, W, C = x.shape
    cut = x.reshape(B, H // BLOCK, BLOCK, W // BLOCK, BLOCK, C).transpose(2, 3)
    return cut.reshape(B, H // BLOCK, W // BLOCK, BLOCK * BLOCK, C)


def neighbourhoods(x: Tensor, nowhere: Tensor) -> Tensor:
    """
    Give each block the 3x3 blocks around it and a place apart from all.

    :param x: [B, H, W, C]; nowhere: [C], what stands at the last place.
    :returns: [B, H/4, W/4, 144 + 1, C]; zeros outside the image.

    Blocks with halos after Vaswani et al., 2021 (HaloNet): slices and concatenation only, where
    warping along flow would need a grid sample.
    """
    cut = blocks(x)
    rows, columns = cut.shape[1:3]
    padded = functional.pad(cut, (0, 0, 0, 0, 1, 1, 1, 1))
    around = [padded[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    last = nowhere.to(x.dtype).expand(*cut.shape[:3], 1, -1)
    return torch.cat([*around, last], dim=3)


def unblock(x: Tensor) -> Tensor:
    """Put blocks [B, H/4, W/4, 16, C] together again: [B, H, W, C]."""
    B, h, w, _, C = x.shape
    x = x.reshape(B, h, w, BLOCK, BLOCK, C).transpose(2, 3)
    return x.reshape(B, h * BLOCK, w * BLOCK, C)


class Descriptor(nn.Module):
    """What a stride-8 cell is recognised by in another frame: a unit vector."""

    def __init__(self, width: int, channels8: int, channels4: int, *, separable: bool) -> None:
        super().__init__()
        self.coarse = TokenConvolution(channels8, width, separable=separable)
        self.fine = nn.Conv2d(channels4, width, 2, stride=2)

    def forward(self, stride8: Tensor, stride4: Tensor) -> Tensor:
        """Map features of the encoder to [B, H/8 * W/8, width]."""
        x = self.coarse(stride8) + to_tokens(self.fine(stride4))
        unit: Tensor = x * torch.rsqrt((x * x).sum(dim=2, keepdim=True) + 1e-6)
        return unit


class AlignedRead(nn.Module):
    """
    Bring what was decided on the last frame to where its content is now.

    Every stride-8 cell looks for itself in the last frame within a window of at least 32 px to
    each side and takes over what was decided there, or a learned nothing. Where it looked tells
    how the content has moved. The nothing is one more place, so that one softmax weighs all and
    one product of matrices reads all.
    """

    offsets: Tensor
    places: Tensor
    inside: Tensor

    def __init__(self, config: ModelConfig, channels: int) -> None:
        super().__init__()
        width = config.detail
        self.sharpness = nn.Parameter(torch.tensor(2.5))
        self.position = nn.Parameter(self._closeness())
        self.age = AgeEmbedding(1)
        self.lost = nn.Parameter(torch.zeros(()))
        self.nothing = nn.Parameter(torch.zeros(1, 1, 1, width))
        self.to_value = nn.Linear(width, width)
        self.project = nn.Linear(width, channels)
        nn.init.zeros_(self.project.weight)
        cell = torch.arange(BLOCK)
        inside = torch.cartesian_prod(cell, cell)
        corners = BLOCK * (torch.cartesian_prod(torch.arange(3), torch.arange(3)) - 1)
        around = (corners[:, None] + inside).reshape(AROUND, 2)
        rows, columns = (around[None] - inside[:, None]).unbind(2)
        self.register_buffer('offsets', (rows + REACH) * SPAN + columns + REACH, persistent=False)
        self.register_buffer('inside', inside.float(), persistent=False)
        # Rows, columns, and 1 for every place that there is: all 0 for the one apart.
        table = torch.cat([around.float(), torch.ones(AROUND, 1)], dim=1)
        self.register_buffer('places', functional.pad(table, (0, 0, 0, 1)), persistent=False)

    @staticmethod
    def _closeness() -> Tensor:
        """Start with a preference for what is near: [SPAN * SPAN]."""
        span = (torch.arange(SPAN) - REACH).float()
        return -0.3 * torch.hypot(*torch.meshgrid(span, span, indexing='ij')).flatten()

    def forward(
        self, size: tuple[int, int], descriptor: Tensor, last: Tensor, state: Tensor,
        age_s: Tensor, present: Tensor,
    ) -> tuple[Tensor, Match]:  # fmt: skip
        """
        Read from the newest slot.

        :param size: H/8 and W/8.
        :param descriptor: Of the present frame, [B, H/8 * W/8, detail]; last: of the newest slot;
            state: what that slot has to tell, [B, H/8 * W/8, detail].
        :param age_s: [B], age of that slot; present: [B], 0 where there is none.
        :returns: What was read, [B, C, H/8, W/8], and where from.
        """
        H, W = size
        weights = self._weights(size, descriptor, last, age_s, present)
        values = neighbourhoods(
            self.to_value(state).reshape(-1, H, W, state.shape[2]), self.nothing.flatten()
        )
        read = torch.matmul(weights.to(values.dtype), values)
        found: Tensor = self.project(unblock(read))
        return found.permute(0, 3, 1, 2), self._match(weights)

    def match(
        self, size: tuple[int, int], descriptor: Tensor, last: Tensor, age_s: Tensor,
        present: Tensor,
    ) -> Match:  # fmt: skip
        """Tell only where the cells were; parameters as in :meth:`forward`."""
        return self._match(self._weights(size, descriptor, last, age_s, present))

    def _weights(
        self, size: tuple[int, int], descriptor: Tensor, last: Tensor, age_s: Tensor,
        present: Tensor,
    ) -> Tensor:  # fmt: skip
        """Say how likely each cell was where, float32 [B, H/32, W/32, 16, 144 + 1]; last: lost."""
        H, W = size
        width = descriptor.shape[2]
        sharp = self.sharpness.exp()
        asked = blocks((descriptor.float() * sharp).reshape(-1, H, W, width))
        known = neighbourhoods(last.float().reshape(-1, H, W, width), last.new_zeros(width))
        reach = functional.softplus(self.age(age_s) + 0.54)[:, :, None]
        lost = sharp * self.lost + CERTAIN * (1 - present)
        prior = torch.cat(
            [self.position[self.offsets] * reach, lost[:, None, None].expand(-1, BLOCK**2, 1)],
            dim=2,
        )
        scores = torch.matmul(asked, known.transpose(-1, -2)) + prior[:, None, None]
        return scores.softmax(dim=4)

    def _match(self, weights: Tensor) -> Match:
        """Tell where cells were by the mean of the places that they looked at."""
        read = torch.matmul(weights, self.places)
        found = read[..., 2:]
        shift = (read[..., :2] - found * self.inside) / (found + 1e-6)
        together = unblock(torch.cat([shift, found], dim=4)).permute(0, 3, 1, 2)
        return Match(together[:, :2], together[:, 2:])
