"""The class of each pixel is the best of its scores, on their own grid or on a finer one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Pixels of the image to one class id; scores have four.
MASK_STRIDE = 2
# Share of a neighbour in what lies halfway to the border between it and a cell.
SHARE = 0.25


def winner(scores: Tensor) -> tuple[Tensor, Tensor]:
    """
    Give the best score of each pixel and its class, the first of equal ones.

    :param scores: [B, H, W, C].
    :returns: [B, H, W, 1], both in the type of scores.
    """
    best, ids = _winner(scores.permute(0, 3, 1, 2))
    return best[..., None], ids[..., None]


def finer_classes(scores: Tensor) -> Tensor:
    """
    Enlarge scores bilinearly to twice their grid, then choose: borders may run through a cell.

    Each quarter of a cell is a map of its own, and only the chosen classes are woven together: to
    do that with all scores, as an operator that resizes does, moves nineteen times as much.

    :param scores: [B, H, W, C]; outside they are taken to be as at the border.
    :returns: [B, 2 H, 2 W], in the type of scores.
    """
    B, H, W, _ = scores.shape
    planes = functional.pad(scores.permute(0, 3, 1, 2), (1, 1, 1, 1), mode='replicate')
    middle = planes[:, :, 1:-1]
    chosen = []
    for row in (0, 2):
        mixed = middle + SHARE * (planes[:, :, row : row + H] - middle)
        own = mixed[..., 1:-1]
        for column in (0, 2):
            quarter = own + SHARE * (mixed[..., column : column + W] - own)
            chosen.append(_winner(quarter)[1])
    quarters: Tensor = torch.stack(chosen, dim=1).unflatten(1, (2, 2))
    return quarters.permute(0, 3, 1, 4, 2).reshape(B, 2 * H, 2 * W)


def enlarged(scores: Tensor) -> Tensor:
    """Enlarge scores as :func:`finer_classes` does: [B, H, W, C] to [B, 2 H, 2 W, C]."""
    planes = functional.interpolate(scores.permute(0, 3, 1, 2), scale_factor=2.0, mode='bilinear')
    return planes.permute(0, 2, 3, 1)


def _winner(planes: Tensor) -> tuple[Tensor, Tensor]:
    """
    Do the same for [B, C, H, W], to [B, H, W]: engines look through planes faster than rows.

    By a maximum of the classes that reach it: engines sort all for an arg-max.
    """
    best, last = planes.amax(dim=1, keepdim=True), planes.shape[1] - 1
    places = last - torch.arange(last + 1, device=planes.device, dtype=planes.dtype)
    return best.squeeze(1), last - ((planes >= best) * places[:, None, None]).amax(dim=1)
