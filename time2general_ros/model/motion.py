"""Motion between the newest slot's frame and the present one, from coarse to fine."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

WINDOW = 7
# One step corrects by at most this many stride-4 pixels.
FURTHEST = 2.0


class Match(NamedTuple):
    """
    Where the content of each stride-8 cell was in the newest slot.

    :param flow: Rows and columns to add to a cell's own, in cells, float32 [B, 2, H/8, W/8].
    :param found: Share of the attention that went to a match, float32 [B, 1, H/8, W/8].
    """

    flow: Tensor
    found: Tensor

    def dense(self) -> Motion:
        """Interpolate to stride 4."""
        both = torch.cat([self.flow * 2, self.found], dim=1)
        fine = functional.interpolate(both, scale_factor=2.0, mode='bilinear').permute(0, 2, 3, 1)
        return Motion(fine[..., :2], fine[..., 2:])


class Motion(NamedTuple):
    """
    The same for stride-4 pixels, channels last.

    :param flow: In stride-4 pixels, float32 [B, H/4, W/4, 2]; found: [B, H/4, W/4, 1].
    """

    flow: Tensor
    found: Tensor


def warp(x: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """
    Fetch each pixel from where its content was, bilinearly.

    Rows of a table are picked by index, which engines run as a plain Gather; a grid sample is not
    to be had everywhere.

    :param x: [B, H, W, C]; flow: [B, H, W, 2], rows and columns to add to a pixel's own.
    :returns: [B, H, W, C], and 1 where the source lies inside the map, [B, H, W].
    """
    B, H, W, C = x.shape
    row = torch.arange(H, device=x.device)[:, None] + flow[..., 0]
    column = torch.arange(W, device=x.device) + flow[..., 1]
    inside = (row >= 0) & (row <= H - 1) & (column >= 0) & (column <= W - 1)
    row, column = row.clamp(0, H - 1), column.clamp(0, W - 1)
    top, left = row.detach().floor().clamp(max=H - 2), column.detach().floor().clamp(max=W - 2)
    down, right = (row - top)[..., None], (column - left)[..., None]
    first = (torch.arange(B, device=x.device) * (H * W))[:, None, None]
    # What is not a number would point anywhere.
    index = (first + top.long() * W + left.long()).flatten().clamp(0, B * H * W - W - 2)
    table = x.reshape(B * H * W, C)

    def corner(offset: int) -> Tensor:
        return table.index_select(0, index + offset).reshape(B, H, W, C)

    upper = corner(0) * (1 - right) + corner(1) * right
    lower = corner(W) * (1 - right) + corner(W + 1) * right
    return upper * (1 - down) + lower * down, inside.to(x.dtype)


class RefineMotion(nn.Module):
    """
    One step of Lucas and Kanade (1981) on learned features of stride 4.

    Matching cells of 8 px leaves an error of a pixel or more, and a belief that is moved wrongly
    in every frame drifts. Where there is no texture the damping leaves the flow as it was.

    :param channels4: Channels of the encoder at stride 4; width: of the features compared.
    """

    def __init__(self, channels4: int, width: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels4, width, 3, padding=1)
        self.log_damping = nn.Parameter(torch.tensor(-1.0))

    def texture(self, stride4: Tensor) -> Tensor:
        """Give what is compared: [B, C4, H/4, W/4] to float32 [B, H/4, W/4, width]."""
        texture: Tensor = self.look(stride4).float().tanh().permute(0, 2, 3, 1)
        return texture

    def forward(self, motion: Motion, now: Tensor, last: Tensor) -> Motion:
        """
        Correct the flow.

        :param now: Texture of the present frame; last: of the newest slot; [B, H/4, W/4, width].
        """
        moved, _ = warp(last, motion.flow)
        down = functional.pad(moved[:, 2:] - moved[:, :-2], (0, 0, 0, 0, 1, 1)) / 2
        right = functional.pad(moved[:, :, 2:] - moved[:, :, :-2], (0, 0, 1, 1)) / 2
        missing = now - moved
        pairs = ((down, down), (down, right), (right, right), (down, missing), (right, missing))
        sums = torch.stack([(a * b).sum(dim=3) for a, b in pairs], dim=1)
        dd, dr, rr, dm, rm = functional.avg_pool2d(sums, WINDOW, 1, WINDOW // 2).unbind(1)
        damping = self.log_damping.exp() * 0.1
        dd, rr = dd + damping, rr + damping
        determinant = dd * rr - dr * dr
        step = torch.stack([rr * dm - dr * rm, dd * rm - dr * dm], dim=3) / determinant[..., None]
        return Motion(motion.flow + FURTHEST * torch.tanh(step / FURTHEST), motion.found)
