"""What one frame leaves behind: the layout of a memory slot."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from time2general_ros.model.config import QUARTERS, ModelConfig
from time2general_ros.model.layout import to_map, to_tokens


class SlotParts(NamedTuple):
    """
    A memory slot taken apart.

    :param scene: [..., pooled, D], features pooled to stride 64.
    :param queries: [..., Q, D], the frame's stability queries.
    :param descriptor: [..., H/8 * W/8, width], what its cells are recognised by.
    :param texture: [..., H/4 * W/4, texture], by which their motion is refined.
    :param belief: [..., H/4 * W/4, classes + 1], class probabilities and their evidence.
    :param decision: [..., 4, H/4 * W/4], the classes that the quarters of cells were given.
    """

    scene: Tensor
    queries: Tensor
    descriptor: Tensor
    texture: Tensor
    belief: Tensor
    decision: Tensor


class SlotLayout:
    """Packs the parts into P tokens of width D and takes them apart again."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config

    def pool(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Pool stride-16 tokens [B, N, D] of a grid to stride 64: [B, N/16, D]."""
        image = to_map(tokens, grid[0])
        return to_tokens(functional.avg_pool2d(image, 4))

    def pack(self, parts: SlotParts) -> Tensor:
        """Join the parts of one frame to [B, P, D]."""
        B, _, D = parts.scene.shape
        maps = [part.reshape(B, -1, D) for part in parts[2:]]
        return torch.cat([parts.scene, parts.queries, *maps], dim=1)

    def ends(self, tokens: int) -> dict[str, int]:
        """Return where each part ends in a slot of ``tokens`` tokens, in their order."""
        config = self.config
        sizes = [1, 0, 64 * config.descriptor // config.width]
        sizes += [256 * wide // config.width for wide in config.fine_widths]
        scene = (tokens - config.queries) // sum(sizes)
        counts = [scene * size for size in sizes]
        counts[1] = config.queries
        return dict(zip(SlotParts._fields, accumulate(counts), strict=True))

    def unpack(self, memory: Tensor) -> SlotParts:
        """Take slots [..., P, D] apart."""
        ends = self.ends(memory.shape[-2]).values()
        parts = [memory[..., a:b, :] for a, b in pairwise([0, *ends])]
        config = self.config
        texture, belief, _ = config.fine_widths
        shapes = [(-1, config.descriptor), (-1, texture), (-1, belief), (QUARTERS, -1)]
        maps = [
            part.reshape(*memory.shape[:-2], *shape)
            for part, shape in zip(parts[2:], shapes, strict=True)
        ]
        return SlotParts(*parts[:2], *maps)
