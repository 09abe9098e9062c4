"""Attention from plain matrix products, so that every engine runs the same operators."""

from __future__ import annotations

from collections.abc import Sequence
import math
from typing import NamedTuple

import torch
from torch import Tensor, nn


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None) -> Tensor:
    """
    Scaled dot-product attention with its scores and softmax in float32.

    :param query: [..., Nq, d]; key and value: [..., Nk, d] and [..., Nk, dv].
    :param bias: Added to the scores, broadcastable to [..., Nq, Nk]; finite (-1e4 hides a key).
    :returns: [..., Nq, dv].
    """
    scores = torch.matmul(query, key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1])
    if bias is not None:
        scores = scores + bias
    return torch.matmul(scores.softmax(dim=-1).to(value.dtype), value)


class Source(NamedTuple):
    """
    Tokens that can be read.

    :param keys: [B, K, D], with their positions; values: [B, K, D], without.
    """

    keys: Tensor
    values: Tensor


class CrossAttention(nn.Module):
    """Multi-head attention with pre-normalised queries and a residual connection."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.to_query = nn.Linear(width, width)
        self.to_key = nn.Linear(width, width)
        self.to_value = nn.Linear(width, width)
        self.project = nn.Linear(width, width)

    def _split(self, x: Tensor) -> Tensor:
        B, N, D = x.shape
        return x.reshape(B, N, self.heads, D // self.heads).transpose(1, 2)

    def forward(self, x: Tensor, sources: Sequence[Source], bias: Tensor | None) -> Tensor:
        """Let tokens read from others and keep what they were; see :meth:`read`."""
        return x + self.read(x, sources, bias)

    def read(self, x: Tensor, sources: Sequence[Source], bias: Tensor | None) -> Tensor:
        """
        Give what tokens find in others.

        :param x: [B, N, D], the reading tokens.
        :param sources: Read together, under one softmax, in this order.
        :param bias: [B, 1, 1, sum of K] or None.
        :returns: [B, N, D].
        """
        B, N, D = x.shape
        # Sources are joined after their projection: OpenVINO 2026.4 writes joined inputs in place
        # and then gives other readers of the same tokens wrong values.
        keys = torch.cat([self._split(self.to_key(source.keys)) for source in sources], dim=2)
        values = torch.cat(
            [self._split(self.to_value(source.values)) for source in sources], dim=2
        )
        found = attend(self._split(self.to_query(self.norm(x))), keys, values, bias)
        out: Tensor = self.project(found.transpose(1, 2).reshape(B, N, D))
        return out


class FeedForward(nn.Module):
    """Two-layer perceptron with pre-normalisation and a residual connection."""

    def __init__(self, width: int, expansion: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width * expansion),
            nn.ReLU(inplace=True),
            nn.Linear(width * expansion, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., D] to the same shape."""
        out: Tensor = x + self.body(x)
        return out
