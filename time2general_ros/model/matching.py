"""Where the content of the present frame was in the newest slot, by local attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

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


def neighbourhoods(x: Tensor) -> Tensor:
    """
    Give each block the 3x3 blocks around it and a place apart from all.

    :param x: [B, H, W, C].
    :returns: [B, H/4, W/4, 144 + 1, C]; zeros outside the image and at the last place.

    Blocks with halos after Vaswani et al., 2021 (HaloNet), picked by index from one table: warping
    along flow would need a grid sample, and slices of every block are many small copies.
    """
    B, H, W, C = x.shape
    table = torch.cat([x.reshape(B, H * W, C), x.new_zeros(B, 1, C)], dim=1)
    around = table.index_select(1, _cells_around(H, W, x.device))
    return around.reshape(B, H // BLOCK, W // BLOCK, AROUND + 1, C)


def _cells_around(H: int, W: int, device: torch.device) -> Tensor:
    """Give the numbers of cells around blocks, H * W for none: int64 [H/4 * W/4 * 145]."""
    # On the device: what CUDA records as a graph may copy nothing from the host.
    numbers = torch.arange(H * W, device=device).reshape(H, W)
    padded = functional.pad(numbers, (BLOCK, BLOCK, BLOCK, BLOCK), value=H * W)
    cut = blocks(padded[None, :, :, None])[0, ..., 0]
    rows, columns = H // BLOCK, W // BLOCK
    around = [cut[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return functional.pad(torch.cat(around, dim=2), (0, 1), value=H * W).flatten()


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


class Matching(nn.Module):
    """
    Find the content of the present frame in the newest slot.

    Every stride-8 cell looks for itself in the last frame within a window of at least 32 px to
    each side, or is lost. Lost is one more place, so that one softmax weighs all.

    """

    offsets: Tensor
    places: Tensor
    inside: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.sharpness = nn.Parameter(torch.tensor(2.5))
        self.position = nn.Parameter(self._closeness())
        self.age = AgeEmbedding(1)
        self.lost = nn.Parameter(torch.zeros(()))
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
        self, size: tuple[int, int], descriptor: Tensor, last: Tensor, age_s: Tensor,
        present: Tensor,
    ) -> Match:  # fmt: skip
        """
        Tell where cells were by the mean of the places that they look at.

        :param size: H/8 and W/8.
        :param descriptor: Of the present frame, [B, H/8 * W/8, width]; last: of the newest slot.
        :param age_s: [B], age of that slot; present: [B], 0 where there is none.
        """
        H, W = size
        width = descriptor.shape[2]
        sharp = self.sharpness.exp()
        asked = blocks((descriptor.float() * sharp).reshape(-1, H, W, width))
        known = neighbourhoods(last.float().reshape(-1, H, W, width))
        reach = functional.softplus(self.age(age_s) + 0.54)[:, :, None]
        lost = sharp * self.lost + CERTAIN * (1 - present)
        prior = torch.cat(
            [self.position[self.offsets] * reach, lost[:, None, None].expand(-1, BLOCK**2, 1)],
            dim=2,
        )
        scores = torch.matmul(asked, known.transpose(-1, -2)) + prior[:, None, None]
        read = torch.matmul(scores.softmax(dim=4), self.places)
        found = read[..., 2:]
        shift = (read[..., :2] - found * self.inside) / (found + 1e-6)
        together = unblock(torch.cat([shift, found], dim=4)).permute(0, 3, 1, 2)
        return Match(together[:, :2], together[:, 2:])
