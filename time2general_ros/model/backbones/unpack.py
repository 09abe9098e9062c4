"""A folder that ``transformers`` opens, made of the graph in a wheel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import onnx
from safetensors.torch import save_file
import torch

from time2general_ros.data.normalise import MEAN, STD
from time2general_ros.model.backbones.graph_weights import last_hidden_state, read_weights
from time2general_ros.model.backbones.pretrained import read_pretrained
from time2general_ros.model.backbones.source import BackboneError, identify
from time2general_ros.model.backbones.wheel import read_weights_file

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

    from time2general_ros.model.backbones.published import Published, PublishedViT

TOLERANCE = 1e-4
WEIGHTS = 'model.safetensors'


class Unpacked(NamedTuple):
    """
    What was made.

    :param parameters: How many numbers; sha256: of the weights.
    :param checked: What was compared, and how far it agrees.
    """

    parameters: int
    sha256: str
    checked: str


def unpack(
    wheel: Path, published: PublishedViT, folder: Path, picture: npt.NDArray[np.uint8]
) -> Unpacked:
    """
    Write ``config.json`` and ``model.safetensors`` and compare their answer with the graph's.

    :param folder: Exists and is empty.
    :param picture: RGB, uint8 [H, W, 3], of the size that the graph takes.
    :raises BackboneError: if the wheel is another, or what it holds is not the encoder expected.
    """
    model = onnx.load_from_string(read_weights_file(wheel, published))
    weights = read_weights(model.graph, published.prefix)
    _check_size(weights, published)
    (folder / 'config.json').write_text(json.dumps(published.config, indent=2) + '\n', 'utf-8')
    sha256 = write_weights(weights, folder, wheel, published)
    image = (torch.from_numpy(picture).float() - torch.tensor(MEAN)) / torch.tensor(STD)
    image = image.permute(2, 0, 1)[None].contiguous()
    with torch.no_grad():
        ours = read_pretrained('Dinov2Model', folder)(image).last_hidden_state
    difference = float((ours - _answer(model, published.prefix, image)).abs().max())
    if not difference <= TOLERANCE:
        raise BackboneError(
            f'the tokens of {folder} differ from those of the graph by {difference:.1e}, more '
            f'than {TOLERANCE:.0e}; install the pinned packages (constraints.txt)'
        )
    count = sum(value.numel() for value in weights.values())
    checked = f'tokens of a picture differ from the graph by {difference:.1e} at most'
    return Unpacked(count, sha256, checked)


def write_weights(
    weights: dict[str, Tensor], folder: Path, wheel: Path, published: Published
) -> str:
    """
    Write ``model.safetensors`` and compare its checksum with what is expected.

    :returns: The checksum.
    :raises BackboneError: if it is another.
    """
    save_file(weights, folder / WEIGHTS, metadata={'format': 'pt'})
    (folder / WEIGHTS).chmod(0o644)
    found = identify(str(folder), folder).sha256
    if found != published.weights_sha256:
        raise BackboneError(
            f'the weights read from {wheel} have the SHA-256 {found}, expected '
            f'{published.weights_sha256}; install the pinned packages (constraints.txt)'
        )
    return found


def _check_size(weights: dict[str, Tensor], published: PublishedViT) -> None:
    """Compare width, depth, patches and positions with what is expected."""
    config = published.config
    patches = (config['image_size'] // config['patch_size']) ** 2
    width, patch = config['hidden_size'], config['patch_size']
    expected = {
        'embeddings.position_embeddings': (1, 1 + patches, width),
        'embeddings.patch_embeddings.projection.weight': (width, 3, patch, patch),
    }
    found = {name: tuple(weights[name].shape) for name in expected if name in weights}
    layers = len({name.split('.')[2] for name in weights if name.startswith('encoder.layer.')})
    if found != expected or layers != config['num_hidden_layers']:
        raise BackboneError(
            f'the graph holds an encoder of {layers} layers with {found}, expected '
            f'{config["num_hidden_layers"]} layers with {expected}; fetch the pinned wheel'
        )


def _answer(model: onnx.ModelProto, prefix: str, image: Tensor) -> Tensor:
    """Run the graph up to the encoder's last norm: [1, 1 + N, C]."""
    import onnxruntime  # type: ignore[import-untyped]

    name = last_hidden_state(model.graph, prefix)
    value = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
    model.graph.output.append(value)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=['CPUExecutionProvider']
    )
    (tokens,) = session.run([name], {session.get_inputs()[0].name: image.numpy()})
    return torch.from_numpy(tokens)
