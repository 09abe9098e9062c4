"""What a run starts from, and whom it imitates: networks that were trained before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from time2general_ros.model.checkpoint import load_network, load_weights
from time2general_ros.model.config import ConfigError
from time2general_ros.training.errors import TrainingError
from time2general_ros.training.inheritance import inherit

if TYPE_CHECKING:
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.model.network import Time2General
    from time2general_ros.training.recipes.recipe import Recipe

CARD, WEIGHTS = 'card.json', 'weights.safetensors'


def start_from(network: Time2General, path: Path) -> None:
    """
    Put weights into a network.

    :param path: A safetensors file of the very same network; or a model folder, of which all that
        fits is taken over: a class begins as the one of its name or group, others fresh.
    :raises ConfigError: if there are no weights, or those of a file do not fit.
    """
    if not path.is_dir():
        load_weights(network, path)
        return
    inherit(network, load_original(path, {}))


def load_original(path: Path, settings: dict[str, Any]) -> Time2General:
    """
    Load a trained network from a model folder, or from a safetensors file.

    :param settings: Of the network of a file, as :func:`load_network` takes them.
    :raises ConfigError: if there are no weights, or not those of that network.
    """
    return load_network(weights_of(path), settings_of(path, settings))


def weights_of(path: Path) -> Path:
    """Return the file of weights of a model folder, or of itself."""
    return path / WEIGHTS if path.is_dir() else path


def settings_of(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """
    Return the settings of the network of a model folder, or those given for a file.

    :raises ConfigError: if the card of the folder does not tell them.
    """
    return _settings(path / CARD) if path.is_dir() else settings


def imitated_network(
    recipe: Recipe, labels: LabelSet, device: torch.device
) -> Time2General | None:
    """
    Load the network that a recipe imitates, if it does.

    :param labels: The classes of the network that learns.
    :raises TrainingError: if a stage needs one and there is none, or its answers are of other
        classes.
    """
    if not recipe.imitate:
        if missing := [stage.name for stage in recipe.stages if stage.encoder_only]:
            raise TrainingError(
                f'stages {missing} learn the encoder alone, from a network that is imitated; name '
                'it as imitate in the recipe'
            )
        return None
    network = load_original(recipe.imitate.weights, recipe.imitate.model)
    others = network.config.label_set.classes
    losses = [recipe.losses, *(stage.losses for stage in recipe.stages if stage.losses)]
    if others != labels.classes and any(part.answers for part in losses):
        raise TrainingError(
            f'the network that is imitated tells {list(others)} apart, this one '
            f'{list(labels.classes)}: it cannot learn the answers; leave answers out of losses, '
            'or start from it'
        )
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.to(device)


def _settings(card: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = json.loads(card.read_text(encoding='utf-8'))['config']
        return dict(settings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f'{card} does not tell what network to start from ({error}); name a model folder that '
            'time2general wrote'
        ) from error
