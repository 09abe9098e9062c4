"""A network to an ONNX graph of its ``step``."""

from __future__ import annotations

from typing import TYPE_CHECKING
import warnings

import onnx
import torch

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from time2general_ros.model.network import Time2General

# Opset 18 decomposes attention: opset 23 folds it into one operator, whose broadcast mask ONNX
# Runtime 1.31 refuses.
OPSET = 18
INPUTS = ('image', 'memory', 'age_s', 'valid')
OUTPUTS = ('class_ids', 'confidence', 'slot')


def export_onnx(network: Time2General, path: Path) -> None:
    """Write ``step`` for one camera, with static shapes and positions baked in."""
    # The exporter notes stack traces on every node: a tenth of the file, with paths of the
    # machine that exported.
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(
            network,
            step_inputs(network),
            path,
            dynamo=True,
            opset_version=OPSET,
            input_names=INPUTS,
            output_names=OUTPUTS,
            external_data=False,
            verbose=False,
        )
    graph = onnx.load(path)
    for item in (graph.graph, *graph.graph.node, *graph.graph.value_info):
        item.ClearField('metadata_props')
        item.ClearField('doc_string')
    graph.graph.ClearField('value_info')
    onnx.save(graph, path)


def step_inputs(network: Time2General) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return inputs of ``step`` for tracing: image, memory, ages, validity."""
    config = network.config
    size = (config.height, config.width_px)
    return (
        torch.zeros(1, 3, *size),
        network.empty_memory(1, size, config.slots),
        torch.zeros(1, config.slots),
        torch.zeros(1, config.slots),
    )
