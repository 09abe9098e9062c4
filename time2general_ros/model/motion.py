"""Motion between the newest slot's frame and the present one, from coarse to fine."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.convolutions import TokenConvolution

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


class Motion(NamedTuple):
    """
    The same for stride-4 pixels.

    :param flow: In stride-4 pixels, float32 [B, 2, H/4, W/4]; found: [B, 1, H/4, W/4].
    :param changed: Difference in texture that it does not explain, [B, H/4, W/4, width].
    """

    flow: Tensor
    found: Tensor
    changed: Tensor


class Places(NamedTuple):
    """
    Where pixels fetch their content from.

    :param row: Clamped to the map, float32 [B, H, W]; column likewise.
    :param inside: 1 where the source lies inside the map, float32 [B, H, W].
    """

    row: Tensor
    column: Tensor
    inside: Tensor


def places(flow: Tensor) -> Places:
    """
    Say where each pixel's content was.

    :param flow: [B, 2, H, W], rows and columns to add to a pixel's own.
    """
    H, W = flow.shape[2:]
    row = torch.arange(H, device=flow.device)[:, None] + flow[:, 0]
    column = torch.arange(W, device=flow.device) + flow[:, 1]
    nearest_row, nearest_column = row.clamp(0, H - 1), column.clamp(0, W - 1)
    inside = (row == nearest_row) & (column == nearest_column)
    return Places(nearest_row, nearest_column, inside.to(flow.dtype))


class Table:
    """
    A map whose pixels are picked by index.

    Engines run that as a plain Gather; a grid sample is not to be had everywhere.

    :param x: [B, H, W, C].
    """

    def __init__(self, x: Tensor) -> None:
        self._shape = x.shape
        self._rows = x.flatten(0, 2)

    def index(self, row: Tensor, column: Tensor) -> Tensor:
        """Give the index of whole rows and columns, float32 [B, H, W]: int64 [B * H * W]."""
        B, H, W, _ = self._shape
        first = (torch.arange(B, device=row.device) * (H * W))[:, None, None]
        # What is not a number would point anywhere.
        return (first + (row * W + column).long()).flatten().clamp(0, B * H * W - 1)

    def pick(self, index: Tensor) -> Tensor:
        """Give the pixels of an index: [B, H, W, C]."""
        return self._rows.index_select(0, index).reshape(self._shape)


def warp(x: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """
    Fetch each pixel from where its content was, bilinearly.

    :param x: [B, H, W, C]; flow: [B, 2, H, W], rows and columns to add to a pixel's own.
    :returns: [B, H, W, C], and 1 where the source lies inside the map, [B, H, W].
    """
    _, H, W, _ = x.shape
    row, column, inside = places(flow)
    top, left = row.detach().floor().clamp(max=H - 2), column.detach().floor().clamp(max=W - 2)
    down, right = (row - top)[..., None], (column - left)[..., None]
    table = Table(x)
    index = table.index(top, left).clamp(max=x.shape[:3].numel() - W - 2)
    upper, lower = table.pick(index), table.pick(index + W)
    upper = upper + (table.pick(index + 1) - upper) * right
    lower = lower + (table.pick(index + W + 1) - lower) * right
    return upper + (lower - upper) * down, inside


def mean_around(x: Tensor) -> Tensor:
    """Average each window, zeros outside: [B, C, H, W], in one direction after the other."""
    H, W = x.shape[2:]
    with _in_its_precision(x):
        return torch.matmul(_window(H, x.device), torch.matmul(x, _window(W, x.device)))


def _in_its_precision(x: Tensor) -> AbstractContextManager[None]:
    """Keep autocast from products of 16 bits, if there is one: exported graphs know of none."""
    if torch.is_autocast_enabled(x.device.type):
        return torch.autocast(x.device.type, enabled=False)
    return nullcontext()


def _window(size: int, device: torch.device) -> Tensor:
    """
    Give the weights of the mean around each place of a line, [size, size].

    As a product with a band: CPU engines pool along one side at half that speed.
    """
    place = torch.arange(size, device=device)
    near = (place[:, None] - place).abs() <= WINDOW // 2
    return near.float() / WINDOW


class RefineMotion(nn.Module):
    """
    One step of Lucas and Kanade (1981) on learned features of stride 4.

    Matching cells of 8 px leaves an error of a pixel or more, and a belief that is moved wrongly
    in every frame drifts. Where there is no texture the damping leaves the flow as it was.

    :param channels4: Channels of the encoder at stride 4; width: of the features compared.
    """

    def __init__(self, channels4: int, width: int, *, separable: bool = False) -> None:
        super().__init__()
        self.look = TokenConvolution(channels4, width, separable=separable)
        self.log_damping = nn.Parameter(torch.tensor(-1.0))

    def texture(self, stride4: Tensor) -> Tensor:
        """Give what is compared: [B, C4, H/4, W/4] to float32 [B, H/4, W/4, width]."""
        flat = self.look(stride4).float().tanh()
        texture: Tensor = flat.unflatten(1, stride4.shape[2:])
        return texture

    def forward(self, match: Match, now: Tensor, last: Tensor) -> Motion:
        """
        Interpolate a match and correct it.

        Of the last texture whole pixels are fetched; what that is off by is made good along the
        gradient, which is the present one's, as in inverse composition (Baker and Matthews, 2004).

        :param now: Texture of the present frame; last: of the newest slot; [B, H/4, W/4, width].
        """
        coarse = torch.cat([match.flow * 2, match.found], dim=1)
        fine = functional.interpolate(coarse, scale_factor=2.0, mode='bilinear')
        flow, found = fine[:, :2], fine[:, 2:]
        row, column, _ = places(flow)
        whole_row, whole_column = (row + 0.5).floor(), (column + 0.5).floor()
        table = Table(last)
        down = functional.pad(now[:, 2:] - now[:, :-2], (0, 0, 0, 0, 1, 1)) / 2
        right = functional.pad(now[:, :, 2:] - now[:, :, :-2], (0, 0, 1, 1)) / 2
        missing = now - table.pick(table.index(whole_row, whole_column))
        missing = missing + down * (whole_row - row)[..., None]
        missing = missing + right * (whole_column - column)[..., None]
        pairs = ((down, down), (down, right), (right, right), (down, missing), (right, missing))
        sums = torch.stack([(a * b).sum(dim=3) for a, b in pairs], dim=1)
        dd, dr, rr, dm, rm = mean_around(sums).unbind(1)
        damping = self.log_damping.exp() * 0.1
        dd, rr = dd + damping, rr + damping
        step = torch.stack([rr * dm - dr * rm, dd * rm - dr * dm], dim=1)
        step = step / (dd * rr - dr * dr)[:, None]
        step = FURTHEST * torch.tanh(step / FURTHEST)
        explained = down * step[:, 0, ..., None] + right * step[:, 1, ..., None]
        return Motion(flow + step, found, (missing - explained).abs())
