"""Fixed positions in the image and learned positions in time."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

# Shortest and longest period of the age sinusoids, in seconds: half a frame at 30 Hz, and well
# beyond the longest gap over which memory is kept.
AGE_PERIODS_S = (0.066, 16.0)
AGE_FREQUENCIES = 12


def grid_positions(height: int, width: int, channels: int) -> Tensor:
    """
    Sinusoidal 2-D positions on the unit square.

    :returns: float32 [height * width, channels], row-major; the same scene point keeps about the
        same code at any resolution because coordinates are relative to the image.
    """
    bands = channels // 4
    frequency = math.pi * torch.logspace(0, 5, bands, base=2.0)
    rows = (torch.arange(height) + 0.5) / height
    columns = (torch.arange(width) + 0.5) / width
    y = (rows[:, None] * frequency)[:, None, :].expand(height, width, bands)
    x = (columns[:, None] * frequency)[None, :, :].expand(height, width, bands)
    return torch.cat([y.sin(), y.cos(), x.sin(), x.cos()], dim=-1).reshape(height * width, -1)


class AgeEmbedding(nn.Module):
    """Age of a memory slot in seconds to a token, so that any frame rate is understood."""

    frequency: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        shortest, longest = (math.log(period) for period in AGE_PERIODS_S)
        period = torch.linspace(shortest, longest, AGE_FREQUENCIES).exp()
        self.register_buffer('frequency', 2 * math.pi / period, persistent=False)
        self.project = nn.Linear(2 * AGE_FREQUENCIES + 1, width)

    def forward(self, age_s: Tensor) -> Tensor:
        """Map ages [...] in seconds, at least 0, to [..., D]."""
        phase = age_s[..., None] * self.frequency
        features = torch.cat([phase.sin(), phase.cos(), torch.log1p(10 * age_s)[..., None]], -1)
        out: Tensor = self.project(features)
        return out
