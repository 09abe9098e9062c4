"""A network to an ONNX graph of its ``step``."""

from __future__ import annotations

from contextlib import contextmanager
import gc
import logging
from typing import TYPE_CHECKING, cast
import warnings

import onnx
from onnx_ir.passes.common import RemoveUnusedNodesPass
import onnxscript.optimizer
import torch

from time2general_ros.streaming.half_precision import to_half_precision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.network import Time2General

# Opset 18 decomposes attention: opset 23 folds it into one operator, whose broadcast mask ONNX
# Runtime 1.31 refuses.
OPSET = 18
INPUTS = ('image', 'memory', 'age_s', 'valid')
OUTPUTS = ('class_ids', 'confidence', 'slot')
_TALKERS = ('torch.onnx', 'onnxscript')


def export_onnx(
    network: Time2General,
    path: Path,
    *,
    cameras: int = 1,
    precision: str = 'f32',
    metadata: Mapping[str, str] | None = None,
) -> None:
    """
    Write ``step`` with static shapes and positions baked in.

    :param cameras: Frames of how many cameras are decided in one step, the batch.
    :param precision: See :mod:`.half_precision`; inputs and outputs stay float32.
    :param metadata: What the graph says about itself.
    """
    # The exporter notes stack traces on every node: a tenth of the file, with paths of the
    # machine that exported.
    with _unheard(), _uncollected():
        program = torch.onnx.export(
            network,
            step_inputs(network, cameras),
            dynamo=True,
            opset_version=OPSET,
            input_names=INPUTS,
            output_names=OUTPUTS,
            optimize=False,
            verbose=False,
        )
        model = _optimised(cast('torch.onnx.ONNXProgram', program))
    _leave_out_traces(model)
    _decide_through_float(model.graph)
    if precision != 'f32':
        model = to_half_precision(model, precision)
    onnx.helper.set_model_props(model, dict(metadata or {}))
    onnx.save(model, path)


def _optimised(program: torch.onnx.ONNXProgram) -> onnx.ModelProto:
    """
    Let onnxscript simplify the graph, without what is unused from the start.

    It tries each of its patterns at every node. More than half of the nodes are constants that
    nobody reads once they are folded; without them an export takes three quarters of the time.
    """
    onnxscript.optimizer.fold_constants(program.model)
    RemoveUnusedNodesPass()(program.model)
    program.optimize()
    return program.model_proto


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep the exporter's notes on what it leaves out from users, who can do nothing about it."""
    levels = {name: logging.getLogger(name).level for name in _TALKERS}
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            for name in levels:
                logging.getLogger(name).setLevel(logging.ERROR)
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no cycles be searched among the exporter's many objects: a fifth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _leave_out_traces(model: onnx.ModelProto) -> None:
    graph = model.graph
    for item in (graph, *graph.node, *graph.value_info):
        item.ClearField('metadata_props')
        item.ClearField('doc_string')
    graph.ClearField('value_info')


def _decide_through_float(graph: onnx.GraphProto) -> None:
    """Cast indices to float32 before uint8: TensorRT makes bytes of floating-point values only."""
    nodes = []
    for node in graph.node:
        if node.op_type == 'Cast' and _target(node) == onnx.TensorProto.UINT8:
            between = f'{node.input[0]}_float'
            nodes.append(
                onnx.helper.make_node(
                    'Cast', [node.input[0]], [between], to=onnx.TensorProto.FLOAT
                )
            )
            node.input[0] = between
        nodes.append(node)
    graph.ClearField('node')
    graph.node.extend(nodes)


def _target(cast: onnx.NodeProto) -> int:
    return next(int(item.i) for item in cast.attribute if item.name == 'to')


def step_inputs(network: Time2General, cameras: int = 1) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return inputs of ``step`` for tracing: image, memory, ages, validity."""
    config = network.config
    size = (config.height, config.width_px)
    return (
        torch.zeros(cameras, 3, *size),
        network.empty_memory(cameras, size, config.slots),
        torch.zeros(cameras, config.slots),
        torch.zeros(cameras, config.slots),
    )
