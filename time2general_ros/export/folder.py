"""A trained network to a model folder: weights, graph and card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from time2general_ros.data.normalise import MEAN, STD
from time2general_ros.export.graph import export_onnx
from time2general_ros.model.checkpoint import load_network, save_weights
from time2general_ros.streaming.model_folder import CARD, FORMAT, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.config import ModelConfig


def write_model_folder(
    weights: dict[str, Tensor], config: ModelConfig, folder: Path, about: dict[str, Any]
) -> Path:
    """
    Write ``weights.safetensors``, ``model.onnx`` and ``card.json``.

    :param about: What else the card says: name, data, recipe, command, seed, terms, figures.
    :returns: the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_weights(weights, folder / 'weights.safetensors')
    network = load_network(folder / 'weights.safetensors', config.to_dict())
    export_onnx(network, folder / 'model.onnx')
    card = {
        'format': FORMAT,
        **about,
        'label_set': config.label_set,
        'parameters': sum(parameter.numel() for parameter in network.parameters()),
        'input': {'height': config.height, 'width': config.width_px, 'mean': MEAN, 'std': STD},
        'memory': {'slots': config.slots, 'tokens': config.slot_tokens, 'width': config.width},
        'config': config.to_dict(),
        'files': {name: sha256(folder / name) for name in ('model.onnx', 'weights.safetensors')},
    }
    (folder / CARD).write_text(json.dumps(card, indent=2) + '\n', encoding='utf-8')
    return folder
