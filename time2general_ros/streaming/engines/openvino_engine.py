"""OpenVINO: the default on CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openvino  # type: ignore[import-untyped]

from time2general_ros.streaming.engines.engine import EngineStep

if TYPE_CHECKING:
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

    def __init__(self, model: ModelFolder, *, threads: int | None = None) -> None:
        self.model = model
        core = openvino.Core()
        settings = dict(SETTINGS)
        if threads:
            settings['INFERENCE_NUM_THREADS'] = str(threads)
        graph = core.read_model(model.verified('model.onnx'))
        self._request = core.compile_model(graph, 'CPU', settings).create_infer_request()

    def step(
        self,
        image: npt.NDArray[np.float32],
        memory: npt.NDArray[np.float32],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
    ) -> EngineStep:
        """Segment one frame; inputs are read and outputs are given without copies."""
        inputs = {'image': image, 'memory': memory, 'age_s': age_s, 'valid': valid}
        outputs = self._request.infer(inputs, share_inputs=True, share_outputs=True)
        return EngineStep(outputs['class_ids'], outputs['confidence'], outputs['slot'])
