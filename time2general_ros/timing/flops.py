"""How much arithmetic one run of an ONNX graph is."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from time2general_ros.timing.errors import TimingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import onnx

    Shapes = Mapping[str, tuple[int, ...]]


def count_flops(path: Path) -> int:
    """
    Count the operations of convolutions and matrix products; a multiply-add is two.

    The rest of a network of static shapes is bound by memory, not by arithmetic.

    :raises TimingError: if the package onnx is missing, or a shape is not static.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise TimingError(
            'counting the operations of a graph needs the module onnx: pip install onnx'
        ) from error
    model = onnx.shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    shapes = _shapes(model.graph)
    try:
        return sum(_node_flops(node, shapes) for node in model.graph.node)
    except KeyError as error:
        raise TimingError(
            f'{path} has no static shape for {error}; export it with static shapes'
        ) from error


def _shapes(graph: onnx.GraphProto) -> Shapes:
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        sides = value.type.tensor_type.shape.dim
        if all(side.HasField('dim_value') for side in sides):
            shapes[value.name] = tuple(side.dim_value for side in sides)
    return shapes


def _node_flops(node: onnx.NodeProto, shapes: Shapes) -> int:
    if node.op_type == 'Conv':
        # Each output value is a sum over [input channels of its group, kernel].
        return 2 * prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])
    if node.op_type in ('MatMul', 'Gemm'):
        transposed = any(item.name == 'transA' and item.i for item in node.attribute)
        inner = shapes[node.input[0]][0 if transposed else -1]
        return 2 * prod(shapes[node.output[0]]) * inner
    return 0
