"""A small convolutional encoder for CPUs, trained from scratch."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from time2general_ros.model.config import ModelConfig
from time2general_ros.model.context_path import LEVELS, ContextPath
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
    """
    A whole encoder: the stages of :class:`ConvPath` and one more, at stride 16.

    With a context path its features are added where this stage begins; they are nothing at first,
    so that training begins where that of an encoder without it ended.
    """

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
        self.context = _Added(c16) if config.context else None

    def coarse(self, stride8: Tensor, image: Tensor) -> Tensor:
        """
        Run the last stage.

        :param stride8: [B, C8, H/8, W/8], of the image [B, 3, H, W].
        :returns: [B, C16, H/16, W/16].
        """
        x = self.stage16[:2](stride8)
        if self.context:
            x = x + self.context(image)
        out: Tensor = self.stage16[2:](x)
        return out


class _Added(nn.Module):
    """The features of a context path as a map of the last stage."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.path = ContextPath()
        self.from16 = _silent(LEVELS[2].channels, channels)
        self.from32 = _silent(LEVELS[4].channels, channels)

    def forward(self, image: Tensor) -> Tensor:
        seen = self.path(image)
        coarse = self.from32(seen.stride32)
        out: Tensor = self.from16(seen.stride16) + functional.interpolate(
            coarse, scale_factor=2.0, mode='bilinear'
        )
        return out


def _silent(inputs: int, outputs: int) -> nn.Conv2d:
    """Build a convolution of single pixels that gives zeros until something is learned."""
    layer = nn.Conv2d(inputs, outputs, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer
