"""The network as the paper has it: non-causal, for offline comparison."""

from __future__ import annotations

import torch
from torch import Tensor

from time2general_ros.model.clip_decoder import ClipDecoder
from time2general_ros.model.decoder import Decoded, Features
from time2general_ros.model.vit_network import VitNetwork


class ClipNetwork(VitNetwork):
    """
    Each frame is decoded among the ``ahead`` frames before it and as many after it.

    Its ``step`` takes the slots of both, later ones with negative ages. A slot holds only what its
    own frame shows, so one pass over a video gives all slots and a second one the masks. Driven
    by a stream it sees no later frames and answers without them.
    """

    decoder_type = ClipDecoder

    def _gather(self, levels: list[Tensor]) -> Tensor:
        """Put the tokens of all taps in one row: [B, taps * N, D]."""
        return torch.cat([tap(x) for tap, x in zip(self.taps, levels, strict=True)], dim=1)

    def rollout(
        self, features: Features, stamps_s: Tensor, readable: Tensor | None = None
    ) -> list[Decoded]:
        """
        Decode every frame of a clip among its neighbours.

        :param stamps_s: [B, T], ascending seconds.
        :param readable: [T, T] or [B, T, T], 1 where frame t may read frame u; all by default.
        """
        B, T = stamps_s.shape
        if readable is None:
            readable = torch.ones(T, T)
        readable = readable.to(stamps_s).expand(B, T, T)
        ahead = self.config.ahead
        answers = []
        for t in range(T):
            others = [u for u in range(t - ahead, t + ahead + 1) if u != t]
            inside = [min(max(u, 0), T - 1) for u in others]
            exists = stamps_s.new_tensor([float(0 <= u < T) for u in others])
            frame = Features(*(part[:, t] for part in features))
            age_s = stamps_s[:, t : t + 1] - stamps_s[:, inside]
            valid = readable[:, t, inside] * exists
            answers.append(self.decode(frame, features.tokens[:, inside], age_s, valid))
        return answers
