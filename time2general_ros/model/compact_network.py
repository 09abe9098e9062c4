"""The network for CPUs: a small convolutional encoder that learns with the rest."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.compact_encoder import CompactEncoder
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.decoder import Features, MemoryDecoder
from time2general_ros.model.layout import to_map, to_tokens
from time2general_ros.model.network import Time2General
from time2general_ros.model.stability import StabilityBlock, Unchanged


class CompactNetwork(Time2General):
    """Stability blocks and taps at strides 8 and 16 of :class:`CompactEncoder`."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        _, c4, c8, c16 = config.encoder_widths
        D = config.width
        text = config.anchor_width if config.anchors else 0
        exchanging = config.adapters != 'none'
        self.encoder = CompactEncoder(config)
        self.queries = nn.Parameter(torch.randn(config.queries, D) * 0.02)
        self.stability8 = StabilityBlock(c8, D, text) if exchanging else Unchanged()
        self.stability16 = StabilityBlock(c16, D, text) if exchanging else Unchanged()
        self.tap8 = nn.Sequential(nn.LayerNorm(c8), nn.Linear(c8, D))
        self.tap16 = nn.Sequential(nn.LayerNorm(c16), nn.Linear(c16, D))
        self.decoder = MemoryDecoder(config, c8, c4)

    def encode(self, image: Tensor) -> Features:
        """Run what needs no memory; see :meth:`Time2General.encode`."""
        queries = self.queries.expand(image.shape[0], -1, -1)
        stride4 = self.encoder.stage4(image)
        stride8 = self.encoder.stage8(stride4)
        if self.config.fine_stability:
            tokens8, queries = self.stability8(to_tokens(stride8), queries, self.anchors)
            stride8 = to_map(tokens8, stride8.shape[2])
        pooled8 = to_tokens(functional.avg_pool2d(stride8, 2))
        if not self.config.fine_stability:
            pooled8, queries = self.stability8(pooled8, queries, self.anchors)
        tokens16 = to_tokens(self.encoder.coarse(stride8, image))
        tokens16, queries = self.stability16(tokens16, queries, self.anchors)
        return Features(self.tap8(pooled8) + self.tap16(tokens16), stride8, stride4, queries)
