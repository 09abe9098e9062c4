"""Folders of networks that only serve to be timed beside ours, in the same engine."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from time2general_ros.checksum import sha256
from time2general_ros.data.normalise import MEAN, STD
from time2general_ros.streaming.artefact import artefact_metadata
from time2general_ros.streaming.model_folder import (
    CARD,
    CLASSES,
    FORMAT,
    SCORE_STRIDE,
    ModelFolder,
    load_model_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from time2general_ros.labels.label_set import LabelSet

# The smallest memory: one slot of one number, which the network passes through.
MEMORY = {'slots': 1, 'tokens': 1, 'width': 1, 'parts': {}}


def write_reference_folder(
    folder: Path,
    name: str,
    labels: LabelSet,
    size: tuple[int, int],
    write_graph: Callable[[Path, Mapping[str, str]], None],
    *,
    cameras: int = 1,
    precision: str = 'f32',
) -> ModelFolder:
    """
    Write ``model.onnx`` and ``card.json`` of a network without weights of its own on disk.

    :param labels: Its classes.
    :param size: Height and width of its images.
    :param write_graph: Writes a graph with the inputs and outputs of ``step`` to a path, with the
        metadata that engines compare with the card.
    :param cameras: Batch of the graph; precision: in which its heavy parts compute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    height, width = size
    card: dict[str, Any] = {
        'format': FORMAT,
        'name': name,
        'label_set': labels.name,
        CLASSES: labels.to_list(),
        'input': {
            'height': height,
            'width': width,
            'cameras': cameras,
            'mean': list(MEAN),
            'std': list(STD),
        },
        'memory': MEMORY,
        'mask_stride': SCORE_STRIDE,
        'precision': precision,
        'config': {},
        'files': {'weights.safetensors': hashlib.sha256(name.encode()).hexdigest()},
    }
    path = folder / 'model.onnx'
    write_graph(path, artefact_metadata(ModelFolder(folder, card), precision))
    card['files']['model.onnx'] = sha256(path)
    (folder / CARD).write_text(json.dumps(card, indent=2) + '\n', encoding='utf-8')
    return load_model_folder(folder)
