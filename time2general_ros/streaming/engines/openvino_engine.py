"""OpenVINO: the default on CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openvino  # type: ignore[import-untyped]

from time2general_ros.streaming.engines.engine import EMPTY, EngineStep
from time2general_ros.streaming.engines.host_batch import HostBatch
from time2general_ros.streaming.engines.slot_bank import HostBank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.streaming.model_folder import ModelFolder

# float32 rather than the device's default, which is bfloat16 on some CPUs: masks must not depend
# on the machine. Snippets (fused element-wise kernels) crash OpenVINO 2026.4 while it compiles
# two chained attention blocks.
SETTINGS = {
    'PERFORMANCE_HINT': 'LATENCY',
    'INFERENCE_PRECISION_HINT': 'f32',
    'SNIPPETS_MODE': 'DISABLE',
}


class OpenVinoEngine:
    """
    Runs the ONNX graph of a model.

    :param threads: CPU threads; None leaves it to OpenVINO.
    """

    name = 'openvino'

    def __init__(
        self,
        model: ModelFolder,
        *,
        precision: str = 'auto',
        threads: int | None = None,
        cameras: int = 1,
        cache: Path | None = None,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.model = model
        self.precision = 'f32'
        self.device = 'CPU'
        self.batch = model.batch
        core = openvino.Core()
        settings = dict(SETTINGS)
        if threads:
            settings['INFERENCE_NUM_THREADS'] = str(threads)
        graph = core.read_model(model.verified('model.onnx'))
        self._request = core.compile_model(graph, 'CPU', settings).create_infer_request()
        self._layout = HostBatch(model)

    def new_bank(self) -> HostBank:
        """Make the clip memory of one camera."""
        return HostBank(self.model.slots, self.model.slot_shape)

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[HostBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Segment one frame per camera; inputs are read and outputs are given without copies."""
        inputs = self._layout.inputs(images, banks, age_s, valid)
        outputs = self._request.infer(inputs, share_inputs=True, share_outputs=True)
        for bank, index, slot in zip(banks, write, outputs['slot'], strict=False):
            if index != EMPTY:
                bank.values[index] = slot
        used = len(banks)
        return EngineStep(outputs['class_ids'][:used], outputs['confidence'][:used])

    def device_memory_mb(self) -> None:
        """Tell nothing: it is the host's memory."""

    def close(self) -> None:
        """Give back the compiled graph."""
        del self._request
