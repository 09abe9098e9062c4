"""A trained network to a model folder: weights, graph and card."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from time2general_ros.checksum import sha256
from time2general_ros.data.normalise import MEAN, STD
from time2general_ros.export.graph import export_onnx
from time2general_ros.model.backbones.frozen_vit import FrozenViT
from time2general_ros.model.checkpoint import load_network, save_weights
from time2general_ros.model.choice import MASK_STRIDE
from time2general_ros.model.slot import SlotLayout
from time2general_ros.streaming.artefact import artefact_metadata
from time2general_ros.streaming.model_folder import CARD, CLASSES, FORMAT, ModelFolder
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from torch import Tensor

    from time2general_ros.model.config import ModelConfig
    from time2general_ros.model.network import Time2General


def write_model_folder(
    weights: dict[str, Tensor],
    config: ModelConfig,
    folder: Path,
    about: dict[str, Any],
    *,
    cameras: int = 1,
    precision: str = 'f32',
) -> Path:
    """
    Write ``weights.safetensors``, ``model.onnx`` and ``card.json``.

    With several cameras also ``model_1.onnx``, the same for one.

    :param about: What else the card says: name, data, recipe, command, seed, terms, figures.
    :param cameras: Batch of the graph; precision: in which its heavy parts compute.
    :returns: the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_weights(weights, folder / 'weights.safetensors')
    network = load_network(folder / 'weights.safetensors', config.to_dict())
    config = without_places(config)
    card: dict[str, Any] = {
        'format': FORMAT,
        **about,
        'label_set': config.label_set.name,
        CLASSES: config.label_set.to_list(),
        'parameters': sum(parameter.numel() for parameter in network.parameters()),
        'input': {
            'height': config.height,
            'width': config.width_px,
            'mean': MEAN,
            'std': STD,
            'cameras': cameras,
        },
        'memory': {
            'slots': config.slots,
            'tokens': config.slot_tokens,
            'width': config.width,
            'parts': {} if config.ahead else SlotLayout(config).ends(config.slot_tokens),
        },
        'mask_stride': MASK_STRIDE,
        'precision': precision,
        'config': config.to_dict(),
        **frozen_parts(network),
        'files': {'weights.safetensors': sha256(folder / 'weights.safetensors')},
    }
    model = ModelFolder(folder, card)
    # One camera at a time, for where memory does not suffice for all.
    graphs = {'model.onnx': cameras, **({'model_1.onnx': 1} if cameras > 1 else {})}
    for name, batch in graphs.items():
        says = artefact_metadata(model, precision, batch)
        path = folder / name
        export_onnx(network, path, cameras=batch, precision=precision, metadata=says)
    card['files'] = {name: sha256(folder / name) for name in (*graphs, 'weights.safetensors')}
    (folder / CARD).write_text(json.dumps(card, indent=2) + '\n', encoding='utf-8')
    return folder


def without_places(config: ModelConfig) -> ModelConfig:
    """Keep the names of what lay in folders of this machine, which mean nothing on others."""
    places = ('backbone', 'depth_encoder', 'anchors')
    given = {name: user_path(getattr(config, name)) for name in places}
    names: dict[str, Any] = {n: path.name for n, path in given.items() if path.exists()}
    return replace(config, **names)


def frozen_parts(network: Time2General) -> dict[str, Any]:
    """Tell which frozen encoders are needed beside the weights: their checksums and sizes."""
    parts = [part for part in network.modules() if isinstance(part, FrozenViT)]
    frozen = [
        {**part.who._asdict(), 'layers': len(part.layers), 'width': part.width} for part in parts
    ]
    return {'frozen': frozen} if frozen else {}
