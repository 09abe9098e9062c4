"""A model folder with a graph of a few operators, made in no time and without PyTorch."""

from __future__ import annotations

from functools import cache
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

onnx = pytest.importorskip('onnx', reason='onnx is not installed')

from time2general_ros.checksum import sha256  # noqa: E402
from time2general_ros.data.normalise import MEAN, STD  # noqa: E402
from time2general_ros.labels.files import load_label_set  # noqa: E402
from time2general_ros.labels.label_set import LabelSet  # noqa: E402
from time2general_ros.streaming.artefact import artefact_metadata  # noqa: E402
from time2general_ros.streaming.model_folder import (  # noqa: E402
    ModelFolder,
    load_model_folder,
)

HEIGHT, WIDTH, SLOTS, CLASSES, D = 16, 24, 3, 19, 2
FLOAT, UINT8 = onnx.TensorProto.FLOAT, onnx.TensorProto.UINT8


def toy_graph(cameras: int, classes: int = CLASSES) -> onnx.ModelProto:
    """Build a graph that answers by its image, and by its slots the more the younger they are."""
    make, rng, C = onnx.helper.make_node, np.random.default_rng(0), classes
    constants: dict[str, npt.NDArray[Any]] = {
        'look': rng.standard_normal((C, 3, 1, 1)).astype(np.float32),
        'taste': rng.standard_normal((1, C, 1, 1)).astype(np.float32),
        'one': np.ones(1, np.float32),
        'last': np.array([2, 3]),
        'slots': np.array([1]),
        'tokens': np.array([1, 2]),
        'map': np.array([cameras, 1, 1, 1]),
        'token': np.array([cameras, C, 1]),
    }
    nodes = [
        make('Sub', ['one', 'age_s'], ['youth']),
        make('Mul', ['youth', 'valid'], ['weight']),
        make('Unsqueeze', ['weight', 'last'], ['weights']),
        make('Mul', ['memory', 'weights'], ['weighted']),
        make('ReduceSum', ['weighted', 'slots'], ['read'], keepdims=0),
        make('ReduceMean', ['read', 'tokens'], ['mood']),
        make('Reshape', ['mood', 'map'], ['moods']),
        make('Mul', ['moods', 'taste'], ['bias']),
        make('AveragePool', ['image'], ['small'], kernel_shape=[4, 4], strides=[4, 4]),
        make('Conv', ['small', 'look'], ['seen']),
        make('Add', ['seen', 'bias'], ['logits']),
        make('Softmax', ['logits'], ['shares'], axis=1),
        make('ReduceMax', ['shares', 'slots'], ['confidence'], keepdims=0),
        make('ArgMax', ['shares'], ['best'], axis=1, keepdims=0),
        make('Cast', ['best'], ['best_float'], to=FLOAT),
        make('Cast', ['best_float'], ['class_ids'], to=UINT8),
        make('ReduceMean', ['seen', 'last'], ['mean']),
        make('Reshape', ['mean', 'token'], ['kept']),
        make('Add', ['kept', 'read'], ['slot']),
    ]
    value, B = onnx.helper.make_tensor_value_info, cameras
    small = [B, HEIGHT // 4, WIDTH // 4]
    inputs = [
        value('image', FLOAT, [B, 3, HEIGHT, WIDTH]),
        value('memory', FLOAT, [B, SLOTS, C, D]),
        value('age_s', FLOAT, [B, SLOTS]),
        value('valid', FLOAT, [B, SLOTS]),
    ]
    outputs = [
        value('class_ids', UINT8, small),
        value('confidence', FLOAT, small),
        value('slot', FLOAT, [B, C, D]),
    ]
    tensors = [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = onnx.helper.make_graph(nodes, 'toy', inputs, outputs, tensors)
    opset = [onnx.helper.make_opsetid('', 18)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)


@cache
def _toy_folder(cameras: int, labels: LabelSet) -> tuple[TemporaryDirectory[str], ModelFolder]:
    place = TemporaryDirectory()
    folder = Path(place.name)
    (folder / 'weights.safetensors').write_bytes(b'not read')
    size = {'height': HEIGHT, 'width': WIDTH}
    card: dict[str, Any] = {
        'format': 1,
        'name': 'toy',
        'label_set': labels.name,
        'classes': labels.to_list(),
        'input': {**size, 'mean': MEAN, 'std': STD, 'cameras': cameras},
        'memory': {'slots': SLOTS, 'tokens': len(labels), 'width': D},
        'config': {},
        'files': {'weights.safetensors': sha256(folder / 'weights.safetensors')},
    }
    for name, batch in {'model.onnx': cameras, 'model_1.onnx': 1}.items():
        if name == 'model.onnx' or cameras > 1:
            graph = toy_graph(batch, len(labels))
            says = artefact_metadata(ModelFolder(folder, card), 'f32', batch)
            onnx.helper.set_model_props(graph, says)
            onnx.save(graph, folder / name)
            card['files'][name] = sha256(folder / name)
    (folder / 'card.json').write_text(json.dumps(card), encoding='utf-8')
    return place, load_model_folder(folder)


def toy_folder(cameras: int = 1, labels: LabelSet | None = None) -> ModelFolder:
    """Give the folder of the graph for a number of cameras, and up to 19 classes."""
    return _toy_folder(cameras, labels or load_label_set('cityscapes19'))[1]
