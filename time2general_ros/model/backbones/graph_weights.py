"""The weights of a DINOv2 out of an ONNX graph that was traced from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import numpy_helper
import torch

from time2general_ros.model.backbones.source import BackboneError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    import onnx
    from torch import Tensor

    Array = npt.NDArray[np.float32]

TOKEN = 'embeddings.cls_token'
POSITIONS = 'embeddings.position_embeddings'


def read_weights(graph: onnx.GraphProto, prefix: str) -> dict[str, Tensor]:
    """
    Read the weights by the names of a ``Dinov2Model``, float32.

    Tracing keeps the names of what it leaves as it is: biases, norms, layer scales and the patch
    embedding. Matrices are transposed and lose theirs: each is told by the bias that its product
    is added to. The table of positions becomes two constants, one for the class token and one for
    the patches.

    :param prefix: What stands before the names in the graph.
    :raises BackboneError: if the graph is not laid out like this.
    """
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    named = {name[len(prefix) :]: v for name, v in stored.items() if name.startswith(prefix)}
    makers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        bias = next((name for name in node.input if name.startswith(prefix)), '')
        weight = bias[len(prefix) :].removesuffix('.bias') + '.weight'
        if node.op_type != 'Add' or not bias.endswith('.bias') or weight in named:
            continue
        product = makers.get(next(name for name in node.input if name != bias))
        if product is None or product.op_type != 'MatMul' or product.input[1] not in stored:
            raise BackboneError(f'the graph adds {bias} to no product with a matrix; {OTHER}')
        named[weight] = stored[product.input[1]].T
    anonymous = [tensor for tensor in graph.initializer if not tensor.name.startswith(prefix)]
    named[POSITIONS] = _positions(graph, anonymous, named)
    return {
        name: torch.from_numpy(np.array(v, np.float32, order='C'))
        for name, v in sorted(named.items())
    }


def _positions(
    graph: onnx.GraphProto,
    anonymous: Iterable[onnx.TensorProto],
    named: dict[str, Array],
) -> Array:
    """Join what the class token and the patches are told of their places: [1, 1 + N, C]."""
    if TOKEN not in named:
        raise BackboneError(f'the graph holds no {TOKEN}; {OTHER}')
    width = named[TOKEN].shape[-1]
    joined = {name for node in graph.node if node.op_type == 'Concat' for name in node.input}
    shaped = {name for node in graph.node if node.op_type == 'Reshape' for name in node.input}
    tables = [t for t in anonymous if len(t.dims) == 3 and (t.dims[0], t.dims[2]) == (1, width)]
    first = [table for table in tables if table.dims[1] == 1 and table.name in joined]
    patches = [table for table in tables if table.dims[1] > 1 and table.name in shaped]
    if len(first) != 1 or len(patches) != 1:
        raise BackboneError(
            f'the graph holds {len(first)} positions of class tokens and {len(patches)} tables of '
            f'positions of patches, one of each is needed; {OTHER}'
        )
    return np.concatenate([numpy_helper.to_array(t) for t in (*first, *patches)], axis=1)


def last_hidden_state(graph: onnx.GraphProto, prefix: str) -> str:
    """
    Name the value that is the encoder's answer: what its last norm gives.

    :raises BackboneError: if there is no such norm.
    """
    bias = f'{prefix}layernorm.bias'
    for node in graph.node:
        if bias in node.input:
            return str(node.output[0])
    raise BackboneError(f'the graph holds no {bias}; {OTHER}')


OTHER = 'it was traced from another network or in another way: fetch the pinned wheel'
