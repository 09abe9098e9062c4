"""The decoder of the paper: tokens of a clip, later frames included, to the masks of one frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.attention import CrossAttention, FeedForward, Source
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.convolutions import normed
from time2general_ros.model.decoder import HIDDEN, Decoded, Features
from time2general_ros.model.evidence import class_evidence
from time2general_ros.model.hysteresis import decide_without_memory
from time2general_ros.model.layout import to_map
from time2general_ros.model.positions import AgeEmbedding, grid_positions


class ClipDecoder(nn.Module):
    """
    After the overview figure of Time2General (arXiv 2602.09648).

    The tokens of all taps of all frames stand in one row, grouped by frame, with an embedding of
    their level and of their time; the stability queries of the frame in the middle read them and
    become its masks. A slot is what the paper concatenates, the tokens of one frame, and its age
    is negative if the frame comes later.

    Attention is plain where the paper's is deformable, and scores are composed as in
    :class:`MemoryDecoder`. ``evidence_noise`` has no effect.
    """

    def __init__(self, config: ModelConfig, channels8: int, channels4: int) -> None:
        super().__init__()
        D, C = config.width, config.mask_width
        self.config = config
        self.evidence_noise = 0.0
        self.owned = config.classes * config.queries_per_class
        self.level = nn.Parameter(torch.randn(len(config.taps), D) * 0.02)
        self.time = AgeEmbedding(D)
        self.later = nn.Parameter(torch.randn(D) * 0.02)
        self.query_position = nn.Parameter(torch.randn(config.queries, D) * 0.02)
        layers = range(config.query_layers)
        self.query_reads = nn.ModuleList(CrossAttention(D, config.heads) for _ in layers)
        self.query_mixes = nn.ModuleList(CrossAttention(D, config.heads) for _ in layers)
        self.query_feeds = nn.ModuleList(FeedForward(D) for _ in layers)
        self.query_norm = nn.LayerNorm(D)
        self.down8 = nn.Conv2d(D, channels8, 1)
        self.fuse8 = normed(channels8, channels8)
        self.down4 = nn.Conv2d(channels8, C, 1)
        self.skip4 = nn.Conv2d(channels4, C, 1)
        self.fuse4 = normed(C, C)
        self.to_mask = nn.Linear(D, C)
        self.mask_bias = nn.Parameter(torch.full((self.owned,), -2.0))
        self.to_presence = nn.Linear(D, 1)

    def forward(self, features: Features, memory: Tensor, age_s: Tensor, valid: Tensor) -> Decoded:
        """
        Decode one frame among its neighbours.

        :param features: Its tokens are those of all taps, one tap after the other, [B, L * N, D].
        :param memory: [B, M, L * N, D], slots of other frames; age_s: [B, M] in seconds, negative
            for later ones; valid: [B, M], 1 or 0.
        """
        queries = self._decode_queries(features, memory, age_s.float(), valid.float())
        owned = self.query_norm(queries[:, : self.owned])
        pixels = self._pixels(features)
        kernels = self.to_mask(owned)[:, None].transpose(-1, -2)
        masks = torch.matmul(pixels.permute(0, 2, 3, 1), kernels) + self.mask_bias
        presence = self.to_presence(owned).squeeze(-1)
        scores = class_evidence(masks, presence, self.config.classes)
        decision = decide_without_memory(scores)
        return Decoded(masks, presence, decision, None, None, features.tokens)

    def _decode_queries(
        self, features: Features, memory: Tensor, age_s: Tensor, valid: Tensor
    ) -> Tensor:
        """Let the queries [B, Q, D] read the clip, then each other."""
        B, M, P, D = memory.shape
        H8, W8 = features.stride8.shape[-2:]
        age_s = torch.where(valid > 0, age_s, torch.zeros_like(age_s))
        memory = torch.where(valid[:, :, None, None] > 0, memory, torch.zeros_like(memory))
        where = grid_positions(H8 // 2, W8 // 2, D).to(memory)
        place = (self.level[:, None] + where).reshape(P, D)
        moment = self.time(age_s.abs()) + (age_s < 0)[..., None].to(memory) * self.later
        others = memory + place + moment[:, :, None]
        now = self.time(age_s.new_zeros(B, 1))
        present = Source(features.tokens + place + now, features.tokens)
        rest = Source(others.reshape(B, M * P, D), memory.reshape(B, M * P, D))
        hidden = ((1 - valid) * HIDDEN)[:, :, None].expand(B, M, P).reshape(B, 1, 1, -1)
        bias = functional.pad(hidden, (P, 0))
        queries = features.queries + self.query_position
        for read, mix, feed in zip(
            self.query_reads, self.query_mixes, self.query_feeds, strict=True
        ):
            queries = read(queries, [present, rest], bias)
            queries = feed(mix(queries, [Source(queries, queries)], None))
        return queries

    def _pixels(self, features: Features) -> Tensor:
        """Bring the frame's tokens to stride 4: [B, mask_width, H/4, W/4]."""
        B, _, D = features.tokens.shape
        H8 = features.stride8.shape[2]
        levels = features.tokens.reshape(B, len(self.config.taps), -1, D)
        coarse = to_map(levels.sum(dim=1), H8 // 2)
        up8 = functional.interpolate(self.down8(coarse), scale_factor=2.0, mode='bilinear')
        x = functional.relu(self.fuse8(features.stride8 + up8))
        up4 = functional.interpolate(self.down4(x), scale_factor=2.0, mode='bilinear')
        x = functional.relu(up4 + self.skip4(features.stride4))
        return functional.relu(x + self.fuse4(x))
