"""How OpenVINO compiles the graph of a model, for the engine and for what tries it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openvino  # type: ignore[import-untyped]
from openvino.preprocess import PrePostProcessor  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {'PERFORMANCE_HINT': 'LATENCY'}


def compile_graph(graph: Path, precision: str, settings: dict[str, str]) -> Any:
    """
    Compile for the CPU.

    Images go in with their channels last: that is how its convolutions read them, and bringing
    them into that order would be the longest operation of a step.

    :param settings: Beyond :data:`SETTINGS`, by OpenVINO's names.
    """
    core = openvino.Core()
    order = PrePostProcessor(core.read_model(str(graph)))
    image = order.input('image')
    image.tensor().set_layout(openvino.Layout('NHWC'))
    image.model().set_layout(openvino.Layout('NCHW'))
    given = {**SETTINGS, 'INFERENCE_PRECISION_HINT': precision, **settings}
    return core.compile_model(order.build(), 'CPU', given)
