"""PyTorch: runs the weights themselves; the reference that other engines are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from time2general_ros.model.checkpoint import load_network
from time2general_ros.streaming.engines.engine import EngineStep

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from time2general_ros.streaming.model_folder import ModelFolder


class TorchEngine:
    """
    Runs the network in float32 on the CPU.

    :param threads: CPU threads of the whole process; None leaves them as they are.
    """

    name = 'torch'

    def __init__(self, model: ModelFolder, *, threads: int | None = None) -> None:
        self.model = model
        if threads:
            torch.set_num_threads(threads)
        self._network = load_network(model.verified('weights.safetensors'), model.card['config'])

    @torch.inference_mode()
    def step(
        self,
        image: npt.NDArray[np.float32],
        memory: npt.NDArray[np.float32],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
    ) -> EngineStep:
        """Segment one frame."""
        arrays = (image, memory, age_s, valid)
        step = self._network.step(*(torch.from_numpy(array) for array in arrays))
        return EngineStep(*(tensor.numpy() for tensor in step))
