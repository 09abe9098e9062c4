"""Maps to tokens and back, by way of channels last, which engines keep without a copy."""

from __future__ import annotations

from torch import Tensor


def to_tokens(x: Tensor) -> Tensor:
    """Lay a map out as tokens: [B, C, H, W] to [B, H * W, C]."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def to_map(tokens: Tensor, height: int) -> Tensor:
    """Lay tokens out as a map: [B, H * W, C] to [B, C, H, W]."""
    cells: Tensor = tokens.unflatten(1, (height, -1))
    return cells.permute(0, 3, 1, 2)
