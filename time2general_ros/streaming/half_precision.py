"""A float32 graph to one that says of every tensor whether it is of 16 or 32 bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from time2general_ros.errors import Time2GeneralError


class PrecisionError(Time2GeneralError):
    """A precision is not known, or cannot be had here."""


class _Half(NamedTuple):
    """An element type, and the first opset in which every operator that we use has it."""

    kind: int
    opset: int


HALVES = {'f16': _Half(TensorProto.FLOAT16, 18), 'bf16': _Half(TensorProto.BFLOAT16, 22)}

# Products with weights: nearly all of the work.
HEAVY = {'Conv', 'Gemm', 'MatMul'}
# So many values tell a learned constant from others.
ENOUGH = 1024
# In 16 bits if all they read is.
FOLLOWING = {
    *('Add', 'Sub', 'Mul', 'Div', 'Relu', 'Erf', 'Gelu', 'Max', 'Min', 'Clip', 'Where', 'Concat'),
    *('Reshape', 'Transpose', 'Slice', 'Split', 'Pad', 'Unsqueeze', 'Squeeze', 'Expand', 'Gather'),
    *('Resize', 'AveragePool', 'Neg', 'Identity'),
}
# What stands between scores and their softmax.
BETWEEN = {
    *('Add', 'Sub', 'Mul', 'Div', 'Where', 'Concat', 'Reshape', 'Transpose', 'Slice'),
    *('Unsqueeze', 'Squeeze', 'Expand', 'Cast'),
}


def to_half_precision(model: onnx.ModelProto, precision: str) -> onnx.ModelProto:
    """
    Cast the heavy parts of a graph to 16 bits, strongly typed as TensorRT 11 wants it.

    Like the autocast of PyTorch: convolutions and products with weights are of 16 bits, what only
    moves or adds their results follows, everything else stays in float32. Scores of attention,
    their softmax, norms, motion, means of windows and probabilities are such islands. Inputs and
    outputs keep their types.

    :param precision: ``fp16`` or ``bf16``.
    :raises PrecisionError: if it is neither.
    """
    if precision not in HALVES:
        raise PrecisionError(
            f'there is no 16-bit precision {precision!r}; there are: {", ".join(HALVES)}'
        )
    half = HALVES[precision]
    typed = onnx.ModelProto()
    typed.CopyFrom(model)
    _Caster(typed.graph, half.kind, _float_values(model)).run()
    for entry in typed.opset_import:
        entry.version = max(entry.version, half.opset) if not entry.domain else entry.version
    return typed


def _float_values(model: onnx.ModelProto) -> set[str]:
    graph = onnx.shape_inference.infer_shapes(model).graph
    values = [*graph.value_info, *graph.input, *graph.output]
    names = {v.name for v in values if v.type.tensor_type.elem_type == TensorProto.FLOAT}
    return names | {t.name for t in graph.initializer if t.data_type == TensorProto.FLOAT}


class _Caster:
    """
    Goes through a graph once, in its order.

    :param floats: Names of the values that are of float32.
    """

    def __init__(self, graph: onnx.GraphProto, kind: int, floats: set[str]) -> None:
        self._graph = graph
        self._kind = kind
        self._floats = floats
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._halves: set[str] = set()
        self._cast: dict[tuple[str, int], str] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._scores = _score_products(graph)

    def run(self) -> None:
        """Rewrite the graph."""
        for node in list(self._graph.node):
            is_half = self._is_half(node)
            for place in self._casted_places(node, is_half):
                node.input[place] = self._as(node.input[place], is_half)
            self._nodes.append(node)
            if is_half:
                self._halves.update(name for name in node.output if name in self._floats)
        self._keep_outputs()
        self._graph.ClearField('node')
        self._graph.node.extend(self._nodes)
        self._graph.ClearField('value_info')
        used = {name for node in self._nodes for name in node.input}
        kept = [tensor for name, tensor in self._constants.items() if name in used]
        self._graph.ClearField('initializer')
        self._graph.initializer.extend(kept)

    def _is_half(self, node: onnx.NodeProto) -> bool:
        read = [name for name in node.input if name in self._floats]
        moving = [name for name in read if name not in self._constants]
        if node.op_type in HEAVY:
            has_weights = any(self._is_learned(name) for name in read)
            others = any(name in self._halves for name in moving)
            return has_weights or (others and node.output[0] not in self._scores)
        follows = node.op_type in FOLLOWING and bool(moving)
        return follows and all(name in self._halves for name in moving)

    def _is_learned(self, name: str) -> bool:
        """Tell weights from a constant that only adds up, of 0 and one other value."""
        if name not in self._constants:
            return False
        values = numpy_helper.to_array(self._constants[name])
        return len(np.unique(values.ravel()[:ENOUGH])) > 2

    def _casted_places(self, node: onnx.NodeProto, is_half: bool) -> list[int]:
        """Tell which inputs must be of the node's type: those of Resize beyond the first not."""
        if node.op_type == 'Cast':
            return []
        count = 1 if node.op_type == 'Resize' else len(node.input)
        wrong = self._floats - self._halves if is_half else self._halves
        return [place for place in range(count) if node.input[place] in wrong]

    def _as(self, name: str, is_half: bool) -> str:
        kind = self._kind if is_half else TensorProto.FLOAT
        if (name, kind) not in self._cast:
            target = f'{name}_{TensorProto.DataType.Name(kind).lower()}'
            if name in self._constants:
                values = numpy_helper.to_array(self._constants[name])
                values = values.astype(helper.tensor_dtype_to_np_dtype(kind))
                self._constants[target] = numpy_helper.from_array(values, target)
            else:
                self._nodes.append(helper.make_node('Cast', [name], [target], to=kind))
            self._cast[name, kind] = target
        return self._cast[name, kind]

    def _keep_outputs(self) -> None:
        """Give the outputs of the graph in float32, under their names."""
        for name in [out.name for out in self._graph.output if out.name in self._halves]:
            inner = f'{name}_inner'
            for node in self._nodes:
                for names in (node.input, node.output):
                    names[:] = [inner if item == name else item for item in names]
            self._nodes.append(helper.make_node('Cast', [inner], [name], to=TensorProto.FLOAT))


def _score_products(graph: onnx.GraphProto) -> set[str]:
    """Name the products that a softmax is taken of, through what scales, hides and moves them."""
    makers = {name: node for node in graph.node for name in node.output}
    found: set[str] = set()
    waiting = [node.input[0] for node in graph.node if node.op_type == 'Softmax']
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        node = makers.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if node.op_type == 'MatMul':
            found.add(name)
        elif node.op_type in BETWEEN:
            waiting.extend(node.input)
    return found
