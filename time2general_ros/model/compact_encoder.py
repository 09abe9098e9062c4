"""A small convolutional encoder for CPUs, trained from scratch."""

from __future__ import annotations

from torch import Tensor, nn

from time2general_ros.model.config import ModelConfig


def conv_norm(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """Build a 3x3 convolution with batch normalisation (folded into it at export)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
    )


class ResidualBlock(nn.Module):
    """
    Two dense 3x3 convolutions with a shortcut (He et al., 2016).

    Dense convolutions rather than depthwise ones: on CPUs with wide vectors they are bound by
    arithmetic, which is cheap, and not by memory traffic.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(width, hidden), nn.ReLU(inplace=True), conv_norm(hidden, width)
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        out: Tensor = self.activation(x + self.body(x))
        return out


class ConvPath(nn.Module):
    """Image to features at strides 4 and 8; a stage per stride."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        stem, c4, c8, _ = config.encoder_widths
        n4, n8, _ = config.encoder_depths
        self.stage4 = nn.Sequential(
            conv_norm(3, stem, stride=2),
            nn.ReLU(inplace=True),
            conv_norm(stem, c4, stride=2),
            nn.ReLU(inplace=True),
            *(ResidualBlock(c4, c4 // 2) for _ in range(n4)),
        )
        self.stage8 = nn.Sequential(
            conv_norm(c4, c8, stride=2),
            nn.ReLU(inplace=True),
            *(ResidualBlock(c8, c8) for _ in range(n8)),
        )


class CompactEncoder(ConvPath):
    """A whole encoder: the stages of :class:`ConvPath` and one more, at stride 16."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        c8, c16 = config.encoder_widths[2:]
        self.stage16 = nn.Sequential(
            conv_norm(c8, c16, stride=2),
            nn.ReLU(inplace=True),
            *(ResidualBlock(c16, c16 * 3 // 8) for _ in range(config.encoder_depths[2])),
        )
