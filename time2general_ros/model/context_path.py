"""What a scene is, as a network sees it that knows ImageNet: EfficientNet-Lite0, half size."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional


class _Level(NamedTuple):
    """Blocks of one shape: how many, their kernel, the first one's stride, expansion, channels."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


# Of EfficientNet-Lite0 (Tan and Le, 2019; Liu, 2020) what comes before stride 32.
STEM = 32
LEVELS = (
    _Level(1, 3, 1, 1, 16),
    _Level(2, 3, 2, 6, 24),
    _Level(2, 5, 2, 6, 40),
    _Level(3, 3, 2, 6, 80),
    _Level(3, 5, 1, 6, 112),
)
# The last blocks at strides 8 and 16 of the image that this network sees.
TAKEN = (4, 10)


class Context(NamedTuple):
    """
    What the path gives.

    :param stride16: [B, 40, H/16, W/16] of the whole image; stride32: [B, 112, H/32, W/32].
    """

    stride16: Tensor
    stride32: Tensor


class ContextPath(nn.Module):
    """
    The blocks of EfficientNet-Lite0 to its stride 16, on the image at half its size.

    Its statistics of batch normalisation stay those that it came with: a batch of a few streets
    would replace what ImageNet taught by what these look like.
    """

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        inputs = STEM
        for level in LEVELS:
            for index in range(level.blocks):
                stride = 1 if index else level.stride
                blocks.append(_InvertedResidual(inputs, level, stride))
                inputs = level.channels
        self.stem = _normed(3, STEM, 3, 2)
        self.blocks = nn.ModuleList(blocks)

    def train(self, mode: bool = True) -> ContextPath:
        """Set the mode of everything but batch normalisation."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, image: Tensor) -> Context:
        """See [B, 3, H, W], normalised as for the rest of the network."""
        # Halving it and the first convolution are one: engines would move the three channels of an
        # image through blocks of sixteen to halve it.
        kernel = self.stem[0].get_parameter('weight')
        halving = kernel.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4
        x = self.stem[1:](functional.conv2d(image, halving, stride=4, padding=2))
        taken = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAKEN:
                taken.append(x)
        return Context(*taken)


class _InvertedResidual(nn.Module):
    """A block of MobileNetV2 (Sandler et al., 2018)."""

    def __init__(self, inputs: int, level: _Level, stride: int) -> None:
        super().__init__()
        hidden, kernel = inputs * level.expansion, level.kernel
        self.expand = _normed(inputs, hidden, 1) if level.expansion > 1 else nn.Identity()
        self.around = _normed(hidden, hidden, kernel, stride, groups=hidden)
        self.project = _normed(hidden, level.channels, 1, active=False)
        self.is_residual = stride == 1 and inputs == level.channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.project(self.around(self.expand(x)))
        return x + out if self.is_residual else out


def _normed(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, *,
    active: bool = True,
) -> nn.Sequential:  # fmt: skip
    convolution = nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
    )
    layers = [convolution, nn.BatchNorm2d(outputs, eps=1e-3)]
    return nn.Sequential(*layers, *([nn.ReLU6()] if active else []))
