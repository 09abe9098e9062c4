"""The spatio-temporal memory decoder: present tokens and earlier slots to class scores."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.attention import CrossAttention, FeedForward, Source
from time2general_ros.model.belief import BeliefUpdate
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.convolutions import normed
from time2general_ros.model.evidence import class_evidence
from time2general_ros.model.hysteresis import Decision, Hysteresis
from time2general_ros.model.layout import to_map, to_tokens
from time2general_ros.model.matching import Descriptor, Matching
from time2general_ros.model.motion import Match, Motion, RefineMotion
from time2general_ros.model.positions import AgeEmbedding, grid_positions
from time2general_ros.model.slot import SlotLayout, SlotParts

HIDDEN = -1e4


class Features(NamedTuple):
    """
    What a backbone gives for one frame, before any memory is read.

    :param tokens: f_t, [B, H/16 * W/16, D].
    :param stride8: [B, C8, H/8, W/8]; stride4: [B, C4, H/4, W/4].
    :param queries: The frame's stability queries, [B, Q, D].
    """

    tokens: Tensor
    stride8: Tensor
    stride4: Tensor
    queries: Tensor


class Decoded(NamedTuple):
    """
    Answer of the decoder.

    :param mask_logits: [B, H/4, W/4, classes * K], of the frame, channels last as in memory.
    :param presence_logits: [B, classes * K], is the query's class in the image at all.
    :param decision: With what was believed and decided before.
    :param match: Where the content was in the newest slot that could be read, by its cells;
        motion: the same, refined. None of a decoder that moves nothing.
    :param slot: [B, P, D], what this frame leaves behind.
    """

    mask_logits: Tensor
    presence_logits: Tensor
    decision: Decision
    match: Match | None
    motion: Motion | None
    slot: Tensor

    @property
    def scores(self) -> Tensor:
        """Class probabilities, [B, H/4, W/4, classes]."""
        return self.decision.scores


class Newest(NamedTuple):
    """
    The youngest slot that may be read; zeros if there is none.

    :param slot: [B, P, D]; age_s and present: [B].
    """

    slot: Tensor
    age_s: Tensor
    present: Tensor


def newest_slot(memory: Tensor, age_s: Tensor, valid: Tensor) -> Newest:
    """
    Pick the youngest valid slot, wherever in the ring it stands.

    :param memory: [B, M, P, D]; age_s and valid: [B, M]. Ages are taken to differ, as stamps do.
    """
    B, M = age_s.shape
    index = (age_s - HIDDEN * (1 - valid)).argmin(dim=1)
    index = index + M * torch.arange(B, device=index.device)
    present = valid.amax(dim=1)
    slot = memory.flatten(0, 1).index_select(0, index)
    # Selection rather than multiplication: what an unused slot holds may even be infinite.
    slot = torch.where(present[:, None, None] > 0, slot, torch.zeros_like(slot))
    return Newest(slot, age_s.flatten().index_select(0, index), present)


def smooth_noise(x: Tensor) -> Tensor:
    """
    Draw noise in patches of about 32 px, as wrong evidence comes.

    :param x: [B, C, H, W], at stride 8.
    :returns: the same shape; its deviation is that of x, times a random 0 to 1 per image.
    """
    B, C, H, W = x.shape
    coarse = torch.randn(B, C, H // 4, W // 4, device=x.device, dtype=x.dtype)
    strength = torch.rand(B, 1, 1, 1, device=x.device, dtype=x.dtype)
    smooth = functional.interpolate(coarse, scale_factor=4.0, mode='bilinear')
    return smooth * strength * x.detach().std()


class MemoryDecoder(nn.Module):
    """
    Causal counterpart of the paper's decoder.

    Pixel tokens read the slots of earlier frames, the stability queries read both, and a light
    convolutional path brings their masks to stride 4. Each slot carries its age, so slots have no
    order; with none valid only the learned ``nothing`` tokens are read.

    ``evidence_noise`` disturbs each training frame's stride-8 evidence on its own. A network that
    has learned its training frames by heart would otherwise find nothing worth remembering.
    """

    def __init__(self, config: ModelConfig, channels8: int, channels4: int) -> None:
        super().__init__()
        D = config.width
        self.config = config
        self.evidence_noise = 0.0
        self.layout = SlotLayout(config)
        self.age = AgeEmbedding(D)
        self.query_position = nn.Parameter(torch.randn(config.queries, D) * 0.02)
        self.nothing = nn.Parameter(torch.zeros(1, 1, D))
        self.memory_read = CrossAttention(D, config.heads)
        self.memory_feed = FeedForward(D)
        self.query_reads = nn.ModuleList(
            CrossAttention(D, config.heads) for _ in range(config.query_layers)
        )
        self.query_mixes = nn.ModuleList(
            CrossAttention(D, config.heads) for _ in range(config.query_layers)
        )
        self.query_feeds = nn.ModuleList(FeedForward(D) for _ in range(config.query_layers))
        self.query_norm = nn.LayerNorm(D)
        C, separable = config.mask_width, config.separable
        self.down8 = nn.Conv2d(D, channels8, 1)
        self.fuse8 = normed(channels8, channels8, separable=separable)
        self.describe = Descriptor(config.descriptor, channels8, channels4, separable=separable)
        self.matching = Matching()
        self.refine = RefineMotion(channels4, config.texture, separable=separable)
        self.settle8 = normed(channels8, channels8, separable=separable)
        self.down4 = nn.Conv2d(channels8, C, 1)
        self.skip4 = nn.Conv2d(channels4, C, 1)
        self.fuse4 = normed(C, C, separable=separable)
        self.to_mask = nn.Linear(D, C)
        self.mask_bias = nn.Parameter(torch.full((self._owned,), -2.0))
        self.to_presence = nn.Linear(D, 1)
        self.believe = BeliefUpdate(C, config.texture, config.classes, separable=separable)
        self.hysteresis = Hysteresis()

    @property
    def _owned(self) -> int:
        """Number of queries that stand for a class."""
        return self.config.classes * self.config.queries_per_class

    def forward(self, features: Features, memory: Tensor, age_s: Tensor, valid: Tensor) -> Decoded:
        """
        Decode one frame.

        :param memory: [B, M, P, D]; age_s: [B, M] in seconds; valid: [B, M], 1 or 0.
        """
        valid = valid.float()
        age_s = torch.where(valid > 0, age_s.float(), torch.zeros_like(age_s.float())).clamp(min=0)
        newest = newest_slot(memory, age_s, valid)
        if not self.config.ages:
            age_s = torch.zeros_like(age_s)
            newest = newest._replace(age_s=torch.zeros_like(newest.age_s))
        last = self.layout.unpack(newest.slot)
        past, bias = self._memory_tokens(memory, age_s, valid, features)

        H8, W8 = features.stride8.shape[-2:]
        grid = (H8 // 2, W8 // 2)
        position = grid_positions(*grid, self.config.width).to(features.tokens)
        tokens = self.memory_feed(self._recall(features.tokens + position, grid, past, bias))
        queries = self._decode_queries(
            features.queries, Source(tokens + position, tokens), past, bias
        )

        state = self._stride8(tokens, grid, features.stride8)
        if self.training and self.evidence_noise:
            state = state + self.evidence_noise * smooth_noise(state)
        descriptor = self.describe(features.stride8, features.stride4)
        match = self.matching((H8, W8), descriptor, last.descriptor, newest.age_s, newest.present)
        state = functional.relu(state + self.settle8(state))
        owned = self.query_norm(queries[:, : self._owned])
        pixels = self._stride4(state, features.stride4)
        kernels = self.to_mask(owned).transpose(-1, -2)
        fine = pixels.shape[2:]
        masks = torch.matmul(to_tokens(pixels), kernels) + self.mask_bias
        masks = masks.unflatten(1, fine)
        presence = self.to_presence(owned).squeeze(-1)
        texture = self.refine.texture(features.stride4)
        motion = self.refine(match, texture, last.texture.float().unflatten(1, fine))
        evidence = class_evidence(masks, presence, self.config.classes)
        belief, trust = self.believe(
            evidence, pixels, last.belief.float().unflatten(1, fine), motion, newest.age_s
        )
        decided = last.decision.float().unflatten(2, fine)
        decision = self.hysteresis(belief.classes, evidence, trust, decided)
        slot = SlotParts(
            self.layout.pool(features.tokens, grid),
            features.queries,
            descriptor,
            texture.flatten(1, 2),
            torch.cat(belief, dim=3).flatten(1, 2),
            decision.ids.flatten(2),
        )
        packed = self.layout.pack(slot)
        return Decoded(masks, presence, decision, match, motion, packed)

    def _memory_tokens(
        self, memory: Tensor, age_s: Tensor, valid: Tensor, features: Features
    ) -> tuple[Source, Tensor]:
        """Flatten the slots into 1 + M * p readable tokens and a bias that hides invalid ones."""
        B, M, P, D = memory.shape
        H8, W8 = features.stride8.shape[-2:]
        values = memory[:, :, : self.layout.ends(P)['queries']]
        values = torch.where(valid[:, :, None, None] > 0, values, torch.zeros_like(values))
        where = grid_positions(H8 // 8, W8 // 8, D).to(values)
        position = torch.cat([where, self.query_position.to(where)])
        keys = values + position + self.age(age_s)[:, :, None]
        nothing = self.nothing.to(values.dtype).expand(B, 1, D)
        hidden = ((1 - valid) * HIDDEN)[:, :, None].expand(B, M, values.shape[2])
        bias = functional.pad(hidden.reshape(B, 1, 1, -1), (1, 0))
        past = Source(
            torch.cat([nothing, keys.reshape(B, -1, D)], dim=1),
            torch.cat([nothing, values.reshape(B, -1, D)], dim=1),
        )
        return past, bias

    def _recall(self, tokens: Tensor, grid: tuple[int, int], past: Source, bias: Tensor) -> Tensor:
        """Let tokens [B, N, D] read the memory, four as one: what it holds is coarser still."""
        fours = to_tokens(functional.avg_pool2d(to_map(tokens, grid[0]), 2))
        found = to_map(self.memory_read.read(fours, [past], bias), grid[0] // 2)
        return tokens + to_tokens(functional.interpolate(found, scale_factor=2.0, mode='bilinear'))

    def _decode_queries(
        self, queries: Tensor, present: Source, past: Source, bias: Tensor
    ) -> Tensor:
        """Let the queries [B, Q, D] read present and memory, then each other."""
        bias = functional.pad(bias, (present.keys.shape[1], 0))
        queries = queries + self.query_position
        for read, mix, feed in zip(
            self.query_reads, self.query_mixes, self.query_feeds, strict=True
        ):
            queries = read(queries, [present, past], bias)
            queries = mix(queries, [Source(queries, queries)], None)
            queries = feed(queries)
        return queries

    def _stride8(self, tokens: Tensor, grid: tuple[int, int], skip: Tensor) -> Tensor:
        """Bring tokens to stride 8: [B, C8, H/8, W/8]."""
        coarse = self.down8(to_map(tokens, grid[0]))
        x = skip + functional.interpolate(coarse, scale_factor=2.0, mode='bilinear')
        return functional.relu(self.fuse8(x))

    def _stride4(self, state: Tensor, skip: Tensor) -> Tensor:
        """Bring the settled state to stride 4: [B, C, H/4, W/4]."""
        coarse = functional.interpolate(self.down4(state), scale_factor=2.0, mode='bilinear')
        return functional.relu(self.fuse4(functional.relu(coarse + self.skip4(skip))))
