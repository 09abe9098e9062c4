"""How much memory a graph needs while it runs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import onnx

if TYPE_CHECKING:
    from collections.abc import Iterable

    from time2general_ros.model.config import ModelConfig

FLOAT_BYTES = 4


def clip_memory_bytes(config: ModelConfig, cameras: int) -> int:
    """Return the size of all slots of all cameras, with the one that a step leaves behind."""
    return FLOAT_BYTES * cameras * (config.slots + 1) * config.slot_tokens * config.width


def peak_bytes(model: onnx.ModelProto) -> int:
    """
    Return weights and the most that is alive at a time, if nodes run in the graph's order.

    Engines join nodes, which needs less, and take scratch space, which needs more.

    :param model: With static shapes.
    """
    graph = onnx.shape_inference.infer_shapes(model).graph
    sizes = dict(map(_named_size, [*graph.input, *graph.output, *graph.value_info]))
    outputs = {value.name for value in graph.output}
    last = {name: place for place, node in enumerate(graph.node) for name in node.input}
    alive = sum(sizes[value.name] for value in graph.input)
    most = alive
    for place, node in enumerate(graph.node):
        alive += sum(sizes.get(name, 0) for name in node.output)
        most = max(most, alive)
        done = {name for name in node.input if last[name] == place} - outputs
        alive -= sum(sizes.get(name, 0) for name in done)
    return most + _weights_bytes(graph.initializer)


def _named_size(value: onnx.ValueInfoProto) -> tuple[str, int]:
    kind = value.type.tensor_type
    sides = [side.dim_value for side in kind.shape.dim]
    return value.name, prod(sides) * _item_size(kind.elem_type)


def _weights_bytes(tensors: Iterable[onnx.TensorProto]) -> int:
    return sum(prod(tensor.dims) * _item_size(tensor.data_type) for tensor in tensors)


def _item_size(kind: int) -> int:
    return onnx.helper.tensor_dtype_to_np_dtype(kind).itemsize if kind else 0
