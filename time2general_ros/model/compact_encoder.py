"""A small convolutional encoder for CPUs, trained from scratch."""

from __future__ import annotations

from torch import nn

from time2general_ros.model.config import ModelConfig
from time2general_ros.model.convolutions import ResidualBlock, normed


class ConvPath(nn.Module):
    """
    Image to features at strides 4 and 8; a stage per stride.

    Dense blocks narrow in between, separable ones stay as wide, being cheap.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        stem, c4, c8, _ = config.encoder_widths
        n4, n8, _ = config.encoder_depths
        separable = config.separable
        self.stage4 = nn.Sequential(
            normed(3, stem, stride=2),
            nn.ReLU(inplace=True),
            normed(stem, c4, stride=2),
            nn.ReLU(inplace=True),
            *(
                ResidualBlock(c4, c4 if separable else c4 // 2, separable=separable)
                for _ in range(n4)
            ),
        )
        self.stage8 = nn.Sequential(
            normed(c4, c8, stride=2, separable=separable),
            nn.ReLU(inplace=True),
            *(ResidualBlock(c8, c8, separable=separable) for _ in range(n8)),
        )


class CompactEncoder(ConvPath):
    """A whole encoder: the stages of :class:`ConvPath` and one more, at stride 16."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        c8, c16 = config.encoder_widths[2:]
        separable = config.separable
        hidden, kernel = (c16, 5) if separable else (c16 * 3 // 8, 3)
        self.stage16 = nn.Sequential(
            normed(c8, c16, stride=2, separable=separable),
            nn.ReLU(inplace=True),
            *(
                ResidualBlock(c16, hidden, separable=separable, kernel=kernel)
                for _ in range(config.encoder_depths[2])
            ),
        )
        if separable:
            # Tokens of a sum would be copied twice by OpenVINO, those of a convolution not at all.
            self.stage16 += nn.Sequential(
                normed(c16, c16, separable=True, kernel=kernel), nn.ReLU(inplace=True)
            )
