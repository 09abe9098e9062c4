"""Convolutions of 3x3 and larger, dense or separable, as the configuration wants them."""

from __future__ import annotations

from torch import Tensor, nn

from time2general_ros.model.layout import to_tokens


class Separable(nn.Sequential):
    """
    A convolution that looks around within each channel, then across the channels of each pixel.

    Chollet, 2017, without a kink in between. At 64 channels it takes a sixth of the time of a
    dense one on two cores.

    :param across: The second half.
    """

    def __init__(self, inputs: int, across: nn.Module, *rest: nn.Module, kernel: int = 3,
                 stride: int = 1) -> None:  # fmt: skip
        around = nn.Conv2d(inputs, inputs, kernel, stride, kernel // 2, groups=inputs, bias=False)
        super().__init__(around, across, *rest)


class TokenConvolution(nn.Module):
    """
    A 3x3 convolution from a map [B, C, H, W] to tokens [B, H * W, outputs].

    Where it is separable, tokens are what its second half works on: OpenVINO then copies nothing.
    """

    def __init__(self, inputs: int, outputs: int, *, separable: bool) -> None:
        super().__init__()
        if separable:
            self.body: nn.Sequential = Separable(inputs, nn.Linear(inputs, outputs))
        else:
            self.body = nn.Sequential(nn.Conv2d(inputs, outputs, 3, 1, 1), nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        """Look around in the map, then across channels in tokens."""
        around, across = self.body
        out: Tensor = across(to_tokens(around(x)))
        return out


def convolution(inputs: int, outputs: int, *, separable: bool) -> nn.Sequential:
    """Build a 3x3 convolution."""
    if separable:
        return Separable(inputs, nn.Conv2d(inputs, outputs, 1))
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 1, 1))


def normed(
    inputs: int, outputs: int, *, separable: bool = False, kernel: int = 3, stride: int = 1
) -> nn.Sequential:
    """Build a convolution with batch normalisation (folded into it at export)."""
    norm = nn.BatchNorm2d(outputs)
    if separable:
        across = nn.Conv2d(inputs, outputs, 1, bias=False)
        return Separable(inputs, across, norm, kernel=kernel, stride=stride)
    dense = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(dense, norm)


class ResidualBlock(nn.Module):
    """Two convolutions with a shortcut (He et al., 2016)."""

    def __init__(self, width: int, hidden: int, *, separable: bool, kernel: int = 3) -> None:
        super().__init__()
        self.body = nn.Sequential(
            normed(width, hidden, separable=separable, kernel=kernel),
            nn.ReLU(inplace=True),
            normed(hidden, width, separable=separable, kernel=kernel),
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        out: Tensor = self.activation(x + self.body(x))
        return out
