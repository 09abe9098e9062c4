"""Teaching where content moves: by invented camera motion, and by what it looks like."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from time2general_ros.model.motion import warp

# Cells of 8 px see this far in every direction, from wherever in their block they stand.
CELL, REACH = 8, 4.0
# Differences of normalised colour below this count as noise.
NOISE = 0.05


class Source(NamedTuple):
    """
    The frame that a frame's newest readable slot is from.

    :param frame: int64 [B]; present: float32 [B], 0 where no frame could be read.
    """

    frame: Tensor
    present: Tensor


def newest_source(readable: Tensor, t: int, slots: int) -> Source:
    """
    Find the frame that frame ``t`` read its motion from.

    :param readable: [B, T, T], 1 where frame t may read frame u.
    """
    first = max(0, t - slots)
    order = torch.arange(first, t) + 1
    newest = (readable[:, t, first:t] > 0).long().mul(order.to(readable.device)).amax(dim=1)
    return Source((newest - 1).clamp(min=0), (newest > 0).float())


def motion_error(flow: Tensor, cell: int, views: Tensor, t: int, source: Source) -> Tensor:
    """
    Compare the motion with that of an affine camera, where it is known and in reach.

    :param flow: [B, 2, h, w], rows and columns in cells; cell: side of a cell in pixels.
    :param views: float32 [B, T, 3, 3], maps from a still to each frame's pixels; all zero where
        the motion is not known.
    :returns: mean distance in units of 8 px; 0 if no motion is known.
    """
    B, _, H, W = flow.shape
    flow = flow.permute(0, 2, 3, 1)
    device = flow.device
    rows, columns = torch.meshgrid(
        torch.arange(H, device=device), torch.arange(W, device=device), indexing='ij'
    )
    here = torch.stack([columns, rows, torch.ones_like(rows)]).float().flatten(1)
    here[:2] = here[:2] * cell + (cell - 1) / 2
    known = source.present * views[:, t, 2, 2]
    now = torch.where(known[:, None, None] > 0, views[:, t], torch.eye(3, device=device))
    back = views[torch.arange(B, device=device), source.frame] @ torch.linalg.inv(now)
    shift = ((back @ here) - here)[:, [1, 0]].transpose(1, 2).reshape(B, H, W, 2) / cell
    there = torch.stack([rows, columns], dim=2) + shift
    limit = torch.tensor([H - 1.0, W - 1.0], device=device)
    near = shift.abs() * cell <= REACH * CELL
    counted = ((there >= 0) & (there <= limit) & near).all(dim=3) * known[:, None, None]
    scale = cell / CELL
    distance = functional.smooth_l1_loss(
        flow.float() * scale, shift * scale, reduction='none', beta=0.1
    )
    error: Tensor = (distance.sum(dim=3) * counted).sum() / counted.sum().clamp(min=1)
    return error


def appearance_error(flow: Tensor, images: Tensor, t: int, source: Source) -> Tensor:
    """
    Compare a frame with the earlier one after it was moved (photometric loss).

    As in unsupervised optical flow (Yu et al., "Back to Basics", 2016), robust to change of light
    by its exponent.

    :param flow: [B, 2, H/4, W/4], in stride-4 pixels.
    :param images: [B, T, 3, H/4, W/4], normalised and reduced.
    """
    B = images.shape[0]
    earlier = images[torch.arange(B, device=images.device), source.frame].permute(0, 2, 3, 1)
    now = images[:, t].permute(0, 2, 3, 1)
    moved, inside = warp(earlier, flow)
    counted = inside * source.present[:, None, None]
    distance = ((moved - now).square().sum(dim=3) + NOISE**2).pow(0.4)
    error: Tensor = (distance * counted).sum() / counted.sum().clamp(min=1)
    return error
