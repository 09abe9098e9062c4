"""What one frame leaves behind: the layout of a memory slot."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from time2general_ros.model.config import ModelConfig


class SlotParts(NamedTuple):
    """
    A memory slot taken apart.

    :param scene: [..., pooled, D], features pooled to stride 64.
    :param queries: [..., Q, D], the frame's stability queries.
    :param detail: [..., H/8 * W/8, detail], the stride-8 state.
    """

    scene: Tensor
    queries: Tensor
    detail: Tensor


class SlotLayout:
    """Packs the parts into P tokens of width D and takes them apart again."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config

    def pool(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Pool stride-16 tokens [B, N, D] of a grid to stride 64: [B, N/16, D]."""
        B, _, D = tokens.shape
        image = tokens.transpose(1, 2).reshape(B, D, *grid)
        return functional.avg_pool2d(image, 4).flatten(2).transpose(1, 2)

    def pack(self, parts: SlotParts) -> Tensor:
        """Join the parts of one frame to [B, P, D]."""
        B, _, D = parts.scene.shape
        return torch.cat([parts.scene, parts.queries, parts.detail.reshape(B, -1, D)], dim=1)

    def unpack(self, memory: Tensor) -> SlotParts:
        """Take slots [B, M, P, D] apart."""
        B, M, P, _ = memory.shape
        Q = self.config.queries
        tokens_per_pooled = 16 * 4 * self.config.detail // self.config.width
        scene = (P - Q) // (1 + tokens_per_pooled)
        return SlotParts(
            memory[:, :, :scene],
            memory[:, :, scene : scene + Q],
            memory[:, :, scene + Q :].reshape(B, M, -1, self.config.detail),
        )
