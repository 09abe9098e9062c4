"""The class of each pixel is the best of its scores, enlarged to a finer grid than their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator

# Pixels of the image to one class id; scores have four.
MASK_STRIDE = 2
# Share of a neighbour in what lies halfway to the border between it and a cell.
SHARE = 0.25


def quarters(scores: Tensor) -> Iterator[Tensor]:
    """
    Enlarge scores bilinearly to twice their grid: borders may run through a cell.

    Each quarter of the cells is a map of its own, so only the chosen classes need to be woven
    together: to do that with all scores, as an operator that resizes does, moves nineteen times as
    much.

    :param scores: [B, H, W, C]; outside they are taken to be as at the border.
    :returns: the four quarters, planes [B, C, H, W] each.
    """
    H, W = scores.shape[1:3]
    planes = functional.pad(scores.permute(0, 3, 1, 2), (1, 1, 1, 1), mode='replicate')
    middle = planes[:, :, 1:-1]
    for row in (0, 2):
        mixed = middle + SHARE * (planes[:, :, row : row + H] - middle)
        own = mixed[..., 1:-1]
        for column in (0, 2):
            yield own + SHARE * (mixed[..., column : column + W] - own)


def woven(maps: Tensor) -> Tensor:
    """Put maps of the four quarters of cells [B, 4, H, W] side by side: [B, 2 H, 2 W]."""
    B, _, H, W = maps.shape
    fours: Tensor = maps.unflatten(1, (2, 2))
    return fours.permute(0, 3, 1, 4, 2).reshape(B, 2 * H, 2 * W)


def enlarged(scores: Tensor) -> Tensor:
    """Enlarge scores as :func:`quarters` does: [B, H, W, C] to [B, 2 H, 2 W, C]."""
    planes = functional.interpolate(scores.permute(0, 3, 1, 2), scale_factor=2.0, mode='bilinear')
    return planes.permute(0, 2, 3, 1)


def winner(planes: Tensor) -> tuple[Tensor, Tensor]:
    """
    Give the best score of each pixel and its class, the first of equal ones.

    By a maximum of the classes that reach it: engines sort all for an arg-max, and look through
    planes faster than rows.

    :param planes: [B, C, H, W].
    :returns: [B, 1, H, W], both in the type of planes.
    """
    best, last = planes.amax(dim=1, keepdim=True), planes.shape[1] - 1
    places = (last - torch.arange(last + 1, device=planes.device)).to(planes.dtype)
    reached = (planes >= best) * places[:, None, None]
    return best, last - reached.amax(dim=1, keepdim=True)
