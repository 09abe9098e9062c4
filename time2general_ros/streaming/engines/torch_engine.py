"""PyTorch: runs the weights themselves; the reference that other engines are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from time2general_ros.model.checkpoint import load_network
from time2general_ros.streaming.engines.engine import EMPTY, EngineStep
from time2general_ros.streaming.engines.slot_bank import HostBank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.streaming.model_folder import ModelFolder


class TorchEngine:
    """
    Runs the network in float32 on the CPU.

    :param threads: CPU threads of the whole process; None leaves them as they are.
    """

    name = 'torch'

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
        self.batch = 1
        if threads:
            torch.set_num_threads(threads)
        self._network = load_network(model.verified('weights.safetensors'), model.card['config'])

    def new_bank(self) -> HostBank:
        """Make the clip memory of one camera."""
        return HostBank(self.model.slots, self.model.slot_shape)

    @torch.inference_mode()
    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[HostBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Segment one frame."""
        arrays = (images, np.stack([bank.values for bank in banks]), age_s, valid)
        step = self._network.step(*(torch.from_numpy(array) for array in arrays))
        for bank, index, slot in zip(banks, write, step.slot.numpy(), strict=True):
            if index != EMPTY:
                bank.values[index] = slot
        return EngineStep(step.class_ids.numpy(), step.confidence.numpy())

    def device_memory_mb(self) -> None:
        """Tell nothing: it is the host's memory."""

    def close(self) -> None:
        """Give back the network."""
        del self._network
