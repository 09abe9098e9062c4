"""Read of the newest slot's stride-8 state, aligned to the present frame by local attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.attention import attend
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.positions import AgeEmbedding

BLOCK = 4
AROUND = (3 * BLOCK) ** 2
REACH = 2 * BLOCK - 1
SPAN = 2 * REACH + 1
HIDDEN = -1e4


def newest_state(detail: Tensor, age_s: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """
    Pick the state of the youngest valid slot, wherever in the ring it stands.

    :param detail: [B, M, N, C]; age_s and valid: [B, M].
    :returns: state [B, N, C] and its age [B]; zeros where no slot is valid. Equal youngest ages
        are averaged, so that the result does not depend on the order of slots.
    """
    ranked = age_s + (1 - valid) * -HIDDEN
    chosen = (ranked <= ranked.amin(dim=1, keepdim=True)).to(detail.dtype) * valid
    weight = chosen / chosen.sum(dim=1, keepdim=True).clamp(min=1)
    return (detail * weight[:, :, None, None]).sum(dim=1), (age_s * weight).sum(dim=1)


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


class AlignedRead(nn.Module):
    """
    Bring what was decided on the last frame to where its content is now.

    Every stride-8 cell looks for itself in the last state within a window of at least 32 px to
    each side and takes over what it finds, or a learned nothing.
    """

    offsets: Tensor

    def __init__(self, config: ModelConfig, channels: int, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        width = config.detail
        self.to_query = nn.Linear(channels, width)
        self.to_key = nn.Linear(width, width)
        self.to_value = nn.Linear(width, width)
        self.age = AgeEmbedding(width)
        self.nothing = nn.Parameter(torch.zeros(2, width))
        self.position = nn.Parameter(self._closeness().expand(heads, -1).clone())
        self.project = nn.Linear(width, channels)
        self.register_buffer('offsets', self._offsets(), persistent=False)

    @staticmethod
    def _closeness() -> Tensor:
        """Start with a preference for what is near: [SPAN * SPAN]."""
        span = torch.arange(SPAN) - REACH
        return (
            -0.3
            * torch.hypot(*torch.meshgrid(span.float(), span.float(), indexing='ij')).flatten()
        )

    @staticmethod
    def _offsets() -> Tensor:
        """Index [16, 144] of the relative position between a cell and its neighbours."""
        inside = torch.arange(BLOCK)
        around = torch.arange(3 * BLOCK).reshape(3, BLOCK) - BLOCK
        query = torch.cartesian_prod(inside, inside)
        y = around[:, None, :, None].expand(3, 3, BLOCK, BLOCK).reshape(-1)
        x = around[None, :, None, :].expand(3, 3, BLOCK, BLOCK).reshape(-1)
        dy = y[None, :] - query[:, :1] + REACH
        dx = x[None, :] - query[:, 1:] + REACH
        return dy * SPAN + dx

    def forward(self, x: Tensor, detail: Tensor, age_s: Tensor, valid: Tensor) -> Tensor:
        """
        Read from the newest slot.

        :param x: Present features, [B, C, H/8, W/8]; detail: [B, M, H/8 * W/8, detail].
        :returns: What was read, in the shape of x.
        """
        B, _, H, W = x.shape
        state, age = newest_state(detail, age_s, valid)
        present = valid.amax(dim=1)
        state = state.reshape(B, H, W, -1)
        outside = 1 - neighbourhoods(state.new_ones(1, H, W, 1)).reshape(1, -1, 1, 1, AROUND)
        hidden = HIDDEN * (outside + (1 - present)[:, None, None, None, None])
        query = self.to_query(x.permute(0, 2, 3, 1)) + self.age(age)[:, None, None, :]
        read = attend(
            self._split(blocks(query)),
            self._with(self.nothing[0], self._split(neighbourhoods(self.to_key(state)))),
            self._with(self.nothing[1], self._split(neighbourhoods(self.to_value(state)))),
            functional.pad(self.position[:, self.offsets] + hidden, (1, 0)),
        )
        found: Tensor = self.project(self._join(read, B, H, W))
        return found.permute(0, 3, 1, 2)

    def _split(self, x: Tensor) -> Tensor:
        """[B, h, w, n, C] to [B, h * w, heads, n, C / heads]."""
        B, h, w, n, C = x.shape
        return x.reshape(B, h * w, n, self.heads, C // self.heads).transpose(2, 3)

    def _with(self, token: Tensor, x: Tensor) -> Tensor:
        """Put one more token in front of the neighbours."""
        B, G, heads, _, d = x.shape
        first = token.to(x.dtype).reshape(1, 1, heads, 1, d).expand(B, G, heads, 1, d)
        return torch.cat([first, x], dim=3)

    def _join(self, x: Tensor, B: int, H: int, W: int) -> Tensor:
        """[B, h * w, heads, 16, d] back to [B, H, W, C]."""
        x = x.transpose(2, 3).reshape(B, H // BLOCK, W // BLOCK, BLOCK, BLOCK, -1)
        return x.transpose(2, 3).reshape(B, H, W, -1)
