"""Stability queries: one learned set that summarises and modulates every frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from time2general_ros.model.attention import attend


class StabilityBlock(nn.Module):
    """
    Exchange between the stability queries and the features of one tapped layer.

    After Time2General (arXiv 2602.09648): the queries summarise the tokens by attention,
    ``S <- S + softmax(S Wq (X Wk)^T / sqrt(d)) (X Wv)``, then modulate them residually,
    ``X <- X + s MLP(softmax(X Wk S^T / sqrt(d)) S)``. The scale s is learned and starts at 1e-3
    as in Rein, so that training starts from the unmodulated backbone.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.query_norm = nn.LayerNorm(width)
        self.to_query = nn.Linear(width, width)
        self.to_key = nn.Linear(channels, width)
        self.to_value = nn.Linear(channels, width)
        self.modulate = nn.Sequential(
            nn.Linear(width, width // 2), nn.ReLU(inplace=True), nn.Linear(width // 2, channels)
        )
        self.scale = nn.Parameter(torch.tensor(1e-3))

    def forward(self, x: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
        """
        Update features and queries of a frame.

        :param x: [B, C, H, W]; queries: [B, Q, D].
        :returns: both, in the same shapes.
        """
        B, C, H, W = x.shape
        tokens = self.norm(x.flatten(2).transpose(1, 2))
        keys = self.to_key(tokens)
        summary = attend(self.to_query(self.query_norm(queries)), keys, self.to_value(tokens))
        queries = queries + summary
        normal = self.query_norm(queries)
        delta = self.modulate(attend(keys, normal, queries))
        x = x + self.scale * delta.transpose(1, 2).reshape(B, C, H, W)
        return x, queries
