"""Time2General, streaming: one frame and its memory in, a mask and a memory slot out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from time2general_ros.model.clip_decoder import ClipDecoder
from time2general_ros.model.config import ModelConfig
from time2general_ros.model.decoder import Decoded, Features, MemoryDecoder


class Step(NamedTuple):
    """
    Answer of :meth:`Time2General.step`.

    :param class_ids: uint8 [B, H/2, W/2], chosen from enlarged scores.
    :param confidence: float32 [B, H/4, W/4], the winner's share of all scores there, 0 to 1.
    :param slot: float32 [B, P, D].
    """

    class_ids: Tensor
    confidence: Tensor
    slot: Tensor


class Time2General(nn.Module, ABC):
    """
    The streaming formulation, for any encoder.

    After Time2General (arXiv 2602.09648), made causal: each frame passes the encoder once, leaves
    a slot behind and reads the slots of earlier frames, each with its age in seconds.
    """

    queries: nn.Parameter
    decoder: MemoryDecoder | ClipDecoder
    anchors: Tensor | None

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        shape = (config.classes, config.anchor_width)
        self.register_buffer('anchors', torch.zeros(shape) if config.anchors else None)

    @abstractmethod
    def encode(self, image: Tensor) -> Features:
        """
        Run what needs no memory.

        :param image: float [B, 3, H, W], normalised; H and W multiples of 64.
        """

    def decode(self, features: Features, memory: Tensor, age_s: Tensor, valid: Tensor) -> Decoded:
        """Run what reads memory; see :class:`MemoryDecoder`."""
        decoded: Decoded = self.decoder(features, memory, age_s, valid)
        return decoded

    def step(self, image: Tensor, memory: Tensor, age_s: Tensor, valid: Tensor) -> Step:
        """
        Segment one frame per batch entry; with ``valid = 0`` the per-frame model.

        :param image: float32 [B, 3, H, W], normalised.
        :param memory: float32 [B, M, P, D]; age_s: [B, M], seconds; valid: [B, M], 1 or 0.
        """
        decoded = self.decode(self.encode(image), memory, age_s, valid)
        return self._answer(decoded)

    def _answer(self, decoded: Decoded) -> Step:
        decision = decoded.decision
        return Step(decision.class_ids.to(torch.uint8), decision.confidence, decoded.slot)

    def forward(self, image: Tensor, memory: Tensor, age_s: Tensor, valid: Tensor) -> Step:
        """Run :meth:`step`; what is exported."""
        return self.step(image, memory, age_s, valid)

    def empty_memory(self, batch: int, size: tuple[int, int], slots: int) -> Tensor:
        """Return zeros [batch, slots, P, D] for images of a size (height, width)."""
        return torch.zeros(batch, slots, self.config.tokens_at(*size), self.config.width)

    def clip(
        self, images: Tensor, stamps_s: Tensor, readable: Tensor | None = None
    ) -> list[Decoded]:
        """
        Decode T frames as T steps would, but encode them in one batch.

        :param images: float [B, T, 3, H, W], normalised; the rest as in :meth:`rollout`.
        """
        return self.rollout(self.encode_clip(images), stamps_s, readable)

    def encode_clip(self, images: Tensor) -> Features:
        """Encode [B, T, 3, H, W]; every feature gets the axes [B, T, ...]."""
        shape = images.shape[:2]
        return Features(*(part.unflatten(0, shape) for part in self.encode(images.flatten(0, 1))))

    def rollout(
        self, features: Features, stamps_s: Tensor, readable: Tensor | None = None
    ) -> list[Decoded]:
        """
        Decode encoded frames in order, each reading what earlier ones left behind.

        :param stamps_s: [B, T], ascending seconds.
        :param readable: [T, T] or [B, T, T], 1 where frame t may read the slot of frame u < t;
            by default all of the last M frames.
        :returns: One :class:`Decoded` per frame.
        """
        B, T = stamps_s.shape
        M = self.config.slots
        if readable is None:
            readable = torch.ones(T, T)
        readable = readable.to(stamps_s).expand(B, T, T)
        answers: list[Decoded] = []
        for t in range(T):
            first = max(0, t - M)
            if t:
                memory = torch.stack([answers[u].slot for u in range(first, t)], dim=1)
                age_s = stamps_s[:, t : t + 1] - stamps_s[:, first:t]
                valid = readable[:, t, first:t]
            else:
                height, width = (4 * side for side in features.stride4.shape[-2:])
                memory = self.empty_memory(B, (height, width), 1).to(features.tokens)
                age_s = valid = torch.zeros(B, 1, device=memory.device)
            frame = Features(*(part[:, t] for part in features))
            answers.append(self.decode(frame, memory, age_s, valid))
        return answers
