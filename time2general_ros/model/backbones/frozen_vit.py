"""A vision transformer that is used as it is, but for layers that learn; patches of 16 px."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from time2general_ros.model.backbones.source import BackboneError, Identity

PATCH = 16


class FrozenViT(nn.Module, ABC):
    """
    Runs a vision transformer layer by layer, so that blocks can be put between its layers.

    Its weights stay in evaluation mode. They do not learn and are no part of a checkpoint, but for
    those of :meth:`learn`. A checkpoint holds the identity of the encoder instead, and is refused
    by a network with another one.

    :param vit: The model of `transformers`; its patch embedding is resampled to 16 px.
    :param size: Height and width of the images for which positions are baked; others are
        understood too, but their positions are resampled in every pass and cannot be exported.
    """

    identity: Tensor

    def __init__(self, vit: nn.Module, identity: Identity, size: tuple[int, int]) -> None:
        super().__init__()
        self.vit: Any = vit
        self.use_16_px_patches()
        self.vit.requires_grad_(requires_grad=False)
        self.who = identity
        self.register_buffer('identity', identity.to_tensor())
        self.learned: frozenset[str] = frozenset()
        self.register_state_dict_post_hook(_leave_out)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_check_and_keep)  # type: ignore[no-untyped-call]
        self.eval()
        self.baked_size = size
        for index, table in enumerate(self.resampled_positions(size)):
            self.register_buffer(f'position{index}', table.detach().clone(), persistent=False)

    def learn(self, last: int) -> None:
        """
        Let its last layers learn, and be part of checkpoints.

        Patches and positions stay: the latter are baked before weights are read.
        """
        layers = self.layers[len(self.layers) - last :].requires_grad_(requires_grad=True)
        own = {id(parameter) for parameter in layers.parameters()}
        named = self.vit.named_parameters()
        self.learned = frozenset(name for name, parameter in named if id(parameter) in own)

    @property
    def width(self) -> int:
        """Channels of its tokens."""
        return int(self.vit.config.hidden_size)

    @property
    def prefix(self) -> int:
        """How many tokens (class, registers) stand in front of those of the patches."""
        return 1 + int(getattr(self.vit.config, 'num_register_tokens', 0))

    @property
    @abstractmethod
    def layers(self) -> nn.ModuleList:
        """Its transformer layers."""

    @abstractmethod
    def use_16_px_patches(self) -> None:
        """Resample the patch embedding."""

    @abstractmethod
    def resampled_positions(self, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Compute what the layers know of places in an image of a size (height, width)."""

    @abstractmethod
    def embed(self, image: Tensor) -> Tensor:
        """Map images [B, 3, H, W] to tokens [B, prefix + H/16 * W/16, C]."""

    @abstractmethod
    def layer(self, index: int, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Run one layer on the tokens of images of a size (height, width)."""

    def positions(self, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Return the baked positions, or others for images of another size."""
        if size != self.baked_size:
            return self.resampled_positions(size)
        names = sorted(name for name, _ in self.named_buffers(recurse=False) if 'position' in name)
        return tuple(getattr(self, name) for name in names)

    def train(self, mode: bool = True) -> FrozenViT:
        """Stay in evaluation mode, whatever the network around it does."""
        return super().train(mode=False)


def _leave_out(module: FrozenViT, state: dict[str, Any], prefix: str, _: Any) -> None:
    for name in module.vit.state_dict().keys() - module.learned:
        del state[f'{prefix}vit.{name}']


def _check_and_keep(module: FrozenViT, state: dict[str, Any], prefix: str, *_: Any) -> None:
    stored = state.get(f'{prefix}identity')
    if stored is not None:
        expected = Identity.from_tensor(stored)
        if expected.sha256 != module.who.sha256:
            raise BackboneError(
                f'the weights were trained on the encoder {expected}, but this network has '
                f'{module.who}; build it with the encoder of the weights'
            )
        # Of equal weights the name does not matter: a folder may be called anything.
        state[f'{prefix}identity'] = module.identity
    for name, value in module.vit.state_dict().items():
        if name not in module.learned:
            state[f'{prefix}vit.{name}'] = value
