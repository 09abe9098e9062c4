"""How OpenVINO compiles the graph of a model, for the engine and for what tries it first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from time2general_ros.streaming.engines.openvino_library import PrePostProcessor, openvino

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {'PERFORMANCE_HINT': 'LATENCY'}
# One for the process, for good. Its CPU plugin (2026.4) makes a stack for signals for the thread
# that loads it and frees it with its last user, whatever thread that is. If that is another one,
# the next signal of the first thread has no stack to run on: Python's handlers ask for it, and
# SIGTERM ends in SIGSEGV.
CORE: Any = openvino.Core()


def compile_graph(graph: Path, precision: str, settings: dict[str, str]) -> Any:
    """
    Compile for the CPU.

    Images go in with their channels last: that is how its convolutions read them, and bringing
    them into that order would be the longest operation of a step.

    :param settings: Beyond :data:`SETTINGS`, by OpenVINO's names.
    """
    order = PrePostProcessor(CORE.read_model(str(graph)))
    image = order.input('image')
    image.tensor().set_layout(openvino.Layout('NHWC'))
    image.model().set_layout(openvino.Layout('NCHW'))
    given = {**SETTINGS, 'INFERENCE_PRECISION_HINT': precision, **settings}
    return CORE.compile_model(order.build(), 'CPU', given)
