"""The networks for GPUs: a frozen vision transformer and what is trained around it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.backbones.frozen_vit import FrozenViT
from time2general_ros.model.backbones.load import load_vit
from time2general_ros.model.clip_decoder import ClipDecoder
from time2general_ros.model.compact_encoder import CompactEncoder, ConvPath
from time2general_ros.model.config import ConfigError, ModelConfig
from time2general_ros.model.decoder import Features, MemoryDecoder
from time2general_ros.model.layout import to_tokens
from time2general_ros.model.network import Time2General
from time2general_ros.model.stability import StabilityBlock


class VitNetwork(Time2General):
    """
    Stability blocks between the layers of a frozen backbone, beside a convolutional path.

    The tokens of each tap go through LayerNorm and a linear layer and are summed. The path keeps
    edges sharp at strides 4 and 8; with a depth at stride 16 it is the encoder of
    :class:`~time2general_ros.model.compact_network.CompactNetwork`, whose tokens are added. Those
    of the backbone are then nothing at first, so that training begins where that one ended.
    """

    decoder_type: type[MemoryDecoder] | type[ClipDecoder] = MemoryDecoder

    def __init__(self, config: ModelConfig, *, download: bool = False) -> None:
        super().__init__(config)
        size, D = (config.height, config.width_px), config.width
        _, c4, c8, c16 = config.encoder_widths
        self.backbone = load_vit(config.backbone, size, download=download)
        if not 0 <= config.tuned_layers <= len(self.backbone.layers):
            raise ConfigError(
                f'tuned_layers is {config.tuned_layers}; {config.backbone!r} has '
                f'{len(self.backbone.layers)} layers'
            )
        self.backbone.learn(config.tuned_layers)
        self.depth: FrozenViT | None = None
        if config.depth_encoder:
            self.depth = load_vit(config.depth_encoder, size, download=download)
        self.adapted = self._adapted(config)
        self.queries = nn.Parameter(torch.randn(config.queries, D) * 0.02)
        self.stability = nn.ModuleList(
            StabilityBlock(
                self.backbone.width,
                D,
                text=config.anchor_width if config.anchors else 0,
                depth=self.depth.width if self.depth else 0,
            )
            for _ in self.adapted
        )
        whole_path = config.encoder_depths[2] > 0
        self.taps = nn.ModuleList(
            _tap(self.backbone.width, D, silent=whole_path) for _ in config.taps
        )
        self.encoder = CompactEncoder(config) if whole_path else ConvPath(config)
        if whole_path:
            self.tap8, self.tap16 = _tap(c8, D), _tap(c16, D)
        self.decoder = self.decoder_type(config, c8, c4)

    def _adapted(self, config: ModelConfig) -> tuple[int, ...]:
        """List the layers, from 1, that a stability block follows."""
        layers = len(self.backbone.layers)
        if config.taps[-1] > layers:
            raise ConfigError(
                f'taps is {config.taps}; {config.backbone!r} has {layers} layers, choose taps '
                'among them'
            )
        every = tuple(range(1, config.taps[-1] + 1))
        return {'taps': config.taps, 'every': every, 'none': ()}[config.adapters]

    def encode(self, image: Tensor) -> Features:
        """Run what needs no memory; see :meth:`Time2General.encode`."""
        queries = self.queries.expand(image.shape[0], -1, -1)
        size = (image.shape[2], image.shape[3])
        depth = self._depth_features(image, size)
        tokens = self.backbone.embed(image)
        blocks, levels = iter(self.stability), []
        for layer in range(1, self.config.taps[-1] + 1):
            tokens = self.backbone.layer(layer - 1, tokens, size)
            if layer in self.adapted:
                first, patches = self._split(self.backbone, tokens)
                patches, queries = next(blocks)(patches, queries, self.anchors, next(depth))
                tokens = torch.cat([first, patches], dim=1)
            if layer in self.config.taps:
                levels.append(self._split(self.backbone, tokens)[1])
        stride4 = self.encoder.stage4(image)
        stride8 = self.encoder.stage8(stride4)
        gathered = self._gather(levels)
        if isinstance(self.encoder, CompactEncoder):
            pooled8 = to_tokens(functional.avg_pool2d(stride8, 2))
            tokens16 = to_tokens(self.encoder.coarse(stride8, image))
            gathered = gathered + self.tap8(pooled8) + self.tap16(tokens16)
        return Features(gathered, stride8, stride4, queries)

    def _gather(self, levels: list[Tensor]) -> Tensor:
        """Bring the tokens of all taps to one width: [B, N, D]."""
        return torch.stack(
            [tap(tokens) for tap, tokens in zip(self.taps, levels, strict=True)]
        ).sum(dim=0)

    def _split(self, vit: FrozenViT, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Part the class token and registers from the tokens of patches."""
        return tokens[:, : vit.prefix], tokens[:, vit.prefix :]

    def _depth_features(self, image: Tensor, size: tuple[int, int]) -> Iterator[Tensor | None]:
        """Give each adapted layer the depth features from as deep in the other network."""
        if self.depth is None:
            yield from [None] * len(self.adapted)
            return
        layers, done = len(self.depth.layers), 0
        tokens = self.depth.embed(image)
        for layer in self.adapted:
            wanted = max(1, round(layer * layers / len(self.backbone.layers)))
            for index in range(done, wanted):
                tokens = self.depth.layer(index, tokens, size)
            done = max(done, wanted)
            yield self._split(self.depth, tokens)[1]


def _tap(channels: int, width: int, *, silent: bool = False) -> nn.Sequential:
    """
    Bring features to the width of tokens.

    :param silent: Give zeros until something is learned.
    """
    linear = nn.Linear(channels, width)
    if silent:
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.LayerNorm(channels), linear)
