"""Weights on disk: safetensors in half precision, from which every engine's file is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from time2general_ros.errors import one_line
from time2general_ros.model.build import build_model
from time2general_ros.model.config import ConfigError, ModelConfig

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.network import Time2General


def save_weights(weights: dict[str, Tensor], path: Path) -> None:
    """
    Write a state dictionary with its floating-point tensors rounded to float16.

    Half the size, and the exported graphs are made from the rounded values, so that every engine
    runs the very same network.
    """
    halved = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in weights.items()
        if not name.endswith('num_batches_tracked')
    }
    save_file(halved, path)
    path.chmod(0o644)


def check_present(path: Path) -> None:
    """
    See that a file of weights is there.

    :raises ConfigError: if it is not; names the remedy.
    """
    if not path.exists():
        raise ConfigError(
            f'the weights {path} are missing; if a recipe names them, run the recipe that makes '
            'them first, or give --all'
        )


def load_network(path: Path, settings: dict[str, Any]) -> Time2General:
    """
    Build a network in evaluation mode, in float32.

    :param settings: Values of :class:`ModelConfig`.
    :raises ConfigError: if the file holds no weights, or not those of that configuration; names
        what differs.
    """
    network = build_model(ModelConfig.from_dict(settings), with_anchors=False)
    load_weights(network, path)
    return network.eval().requires_grad_(requires_grad=False)


def load_weights(network: Time2General, path: Path) -> None:
    """
    Put what :func:`save_weights` or a training run wrote into a network.

    :raises ConfigError: if the file holds no weights, or not those of that network; names what
        differs.
    """
    check_present(path)
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ConfigError(
            f'cannot read the weights {path}: {error}; it must be a whole safetensors file'
        ) from error
    weights = {
        name: value.float() if value.is_floating_point() else value
        for name, value in stored.items()
    }
    try:
        missing, unexpected = network.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise ConfigError(
            f'{path} does not fit its configuration: {one_line(error)}; of a model with other '
            'classes name the folder'
        ) from error
    missing = [name for name in missing if not name.endswith('num_batches_tracked')]
    if missing or unexpected:
        raise ConfigError(
            f'{path} does not fit its configuration: missing {missing}, unexpected {unexpected}'
        )
