"""Read of the newest slot's stride-8 state, aligned to the present frame by local attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.config import ModelConfig
from time2general_ros.model.motion import Match
from time2general_ros.model.positions import AgeEmbedding

BLOCK = 4
AROUND = (3 * BLOCK) ** 2
REACH = 2 * BLOCK - 1
SPAN = 2 * REACH + 1
HIDDEN = -1e4


def blocks(x: Tensor) -> Tensor:
    """Cut [B, H, W, C] into blocks: [B, H/4, W/4, 16, C]."""
    B, H, W, C = x.shape
    cut = x.reshape(B, H // BLOCK, BLOCK, W // BLOCK, BLOCK, C).transpose(2, 3)
    return cut.reshape(B, H // BLOCK, W // BLOCK, BLOCK * BLOCK, C)


def neighbourhoods(x: Tensor) -> Tensor:
    """
    Give each block the 3x3 blocks around it: [B, H, W, C] to [B, H/4, W/4, 144, C].

    Blocks with halos after Vaswani et al., 2021 (HaloNet): slices and concatenation only, where
    warping along flow would need a grid sample.
    """
    cut = blocks(x)
    rows, columns = cut.shape[1:3]
    padded = functional.pad(cut, (0, 0, 0, 0, 1, 1, 1, 1))
    return torch.cat(
        [padded[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3)], dim=3
    )


def unblock(x: Tensor) -> Tensor:
    """Put blocks [B, H/4, W/4, 16, C] together again: [B, H, W, C]."""
    B, h, w, _, C = x.shape
    x = x.reshape(B, h, w, BLOCK, BLOCK, C).transpose(2, 3)
    return x.reshape(B, h * BLOCK, w * BLOCK, C)


class Descriptor(nn.Module):
    """What a stride-8 cell is recognised by in another frame: a unit vector."""

    def __init__(self, width: int, channels8: int, channels4: int) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(channels8, width, 3, padding=1)
        self.fine = nn.Conv2d(channels4, width, 2, stride=2)

    def forward(self, stride8: Tensor, stride4: Tensor) -> Tensor:
        """Map features of the encoder to [B, H/8 * W/8, width]."""
        x = (self.coarse(stride8) + self.fine(stride4)).flatten(2).transpose(1, 2)
        unit: Tensor = x * torch.rsqrt((x * x).sum(dim=2, keepdim=True) + 1e-6)
        return unit


class AlignedRead(nn.Module):
    """
    Bring what was decided on the last frame to where its content is now.

    Every stride-8 cell looks for itself in the last frame within a window of at least 32 px to
    each side and takes over what was decided there, or a learned nothing. Where it looked tells
    how the content has moved.
    """

    offsets: Tensor
    shifts: Tensor

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
        shifts = self._shifts()
        self.register_buffer('shifts', shifts.float(), persistent=False)
        self.register_buffer(
            'offsets', (shifts[0] + REACH) * SPAN + shifts[1] + REACH, persistent=False
        )

    @staticmethod
    def _closeness() -> Tensor:
        """Start with a preference for what is near: [SPAN * SPAN]."""
        span = (torch.arange(SPAN) - REACH).float()
        return -0.3 * torch.hypot(*torch.meshgrid(span, span, indexing='ij')).flatten()

    @staticmethod
    def _shifts() -> Tensor:
        """Rows and columns from a cell of a block to its neighbours: [2, 16, 144]."""
        inside = torch.arange(BLOCK)
        around = torch.arange(3 * BLOCK).reshape(3, BLOCK) - BLOCK
        query = torch.cartesian_prod(inside, inside)
        y = around[:, None, :, None].expand(3, 3, BLOCK, BLOCK).reshape(-1)
        x = around[None, :, None, :].expand(3, 3, BLOCK, BLOCK).reshape(-1)
        return torch.stack([y[None, :] - query[:, :1], x[None, :] - query[:, 1:]])

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
        values = neighbourhoods(self.to_value(state).reshape(-1, H, W, state.shape[2]))
        matched, missed = weights[..., :-1], weights[..., -1:]
        read = torch.matmul(matched.to(values.dtype), values)
        read = read + missed.to(values.dtype) * self.nothing
        found: Tensor = self.project(unblock(read))
        return found.permute(0, 3, 1, 2), self._match(matched)

    def match(
        self, size: tuple[int, int], descriptor: Tensor, last: Tensor, age_s: Tensor,
        present: Tensor,
    ) -> Match:  # fmt: skip
        """Tell only where the cells were; parameters as in :meth:`forward`."""
        return self._match(self._weights(size, descriptor, last, age_s, present)[..., :-1])

    def _weights(
        self, size: tuple[int, int], descriptor: Tensor, last: Tensor, age_s: Tensor,
        present: Tensor,
    ) -> Tensor:  # fmt: skip
        """Say how likely each cell was where, float32 [B, H/32, W/32, 16, 144 + 1]; last: lost."""
        H, W = size
        likeness = torch.matmul(
            blocks(descriptor.reshape(-1, H, W, descriptor.shape[2])).float(),
            neighbourhoods(last.reshape(-1, H, W, last.shape[2])).float().transpose(-1, -2),
        )
        reach = functional.softplus(self.age(age_s) + 0.54)[:, :, None, None, None]
        outside = 1 - neighbourhoods(last.new_ones(1, H, W, 1))[..., None, :, 0]
        absent = (1 - present)[:, None, None, None, None]
        scores = (
            likeness * self.sharpness.exp()
            + self.position[self.offsets] * reach
            + HIDDEN * (outside + absent)
        )
        lost = (self.sharpness.exp() * self.lost).expand(*scores.shape[:4], 1)
        return torch.cat([scores, lost], dim=4).softmax(dim=4)

    def _match(self, matched: Tensor) -> Match:
        """Average where the cells looked: matched [B, H/32, W/32, 16, 144]."""
        found = matched.sum(dim=4)
        rows, columns = ((matched * shift).sum(dim=4) / (found + 1e-6) for shift in self.shifts)
        together = unblock(torch.stack([rows, columns, found], dim=4)).permute(0, 3, 1, 2)
        return Match(together[:, :2], together[:, 2:])
