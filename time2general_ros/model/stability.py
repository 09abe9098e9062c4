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

    Two more inputs, if there are any: text anchors, which the queries read first, ``S <- S +
    softmax(S T^T / sqrt(d)) T`` with T = MLP(text); and depth features, whose logits are added to
    those of the features before the softmax, as in DepthForge.

    :param channels: C of the features; width: D of the queries.
    :param text: Width of the text anchors, 0 for none; depth: channels of depth features.
    """

    def __init__(self, channels: int, width: int, text: int = 0, depth: int = 0) -> None:
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
        if text:
            self.from_text = nn.Sequential(
                nn.Linear(text, width), nn.ReLU(inplace=True), nn.Linear(width, width)
            )
        if depth:
            self.from_depth = nn.Sequential(nn.LayerNorm(depth), nn.Linear(depth, 2 * width))

    def forward(
        self,
        x: Tensor,
        queries: Tensor,
        anchors: Tensor | None = None,
        depth: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """
        Update features and queries of a frame.

        :param x: [B, N, C]; queries: [B, Q, D].
        :param anchors: [A, text], the same for all frames; depth: [B, N, depth].
        :returns: x and queries, in the same shapes.
        """
        if anchors is not None:
            text = self.from_text(anchors)
            queries = queries + attend(self.query_norm(queries), text, text)
        tokens = self.norm(x)
        keys, values = self.to_key(tokens), self.to_value(tokens)
        if depth is not None:
            more_keys, more_values = self.from_depth(depth).chunk(2, dim=-1)
            keys, values = keys + more_keys, values + more_values
        asked = self.to_query(self.query_norm(queries))
        queries = queries + _attend_once(asked, keys, values)
        delta = self.modulate(_attend_once(keys, self.query_norm(queries), queries))
        return x + self.scale * delta, queries


class Unchanged(nn.Module):
    """In place of a :class:`StabilityBlock`, for comparison: nothing is exchanged."""

    def forward(
        self, x: Tensor, queries: Tensor, anchors: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return features and queries as they are."""
        del anchors
        return x, queries


def _attend_once(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """
    Attend with an axis for one head, [B, N, D] each.

    OpenVINO up to 2026.4 crashes while it fuses an attention whose output is added to something
    right away; the axis keeps them apart.
    """
    return attend(query[:, None], key[:, None], value[:, None])[:, 0]
