"""What every engine does: one step of the network for the cameras that have a fresh frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from time2general_ros.streaming.engines.slot_bank import SlotBank
    from time2general_ros.streaming.model_folder import ModelFolder

# In place of the index of a slot: the step leaves nothing behind.
EMPTY = -1


class EngineStep(NamedTuple):
    """
    Answer of one step; the arrays are valid until the engine's next step.

    :param class_ids: uint8 [B, H/s, W/s], s the model's :attr:`~.ModelFolder.mask_stride`.
    :param confidence: float32 [B, H/4, W/4], 0 to 1.
    """

    class_ids: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.float32]


class Engine(Protocol):
    """Runs ``step`` of one model; see :meth:`time2general_ros.model.network.Time2General.step`."""

    @property
    def name(self) -> str:
        """Name in the table of engines."""

    @property
    def model(self) -> ModelFolder:
        """The model that is loaded."""

    @property
    def precision(self) -> str:
        """What it computes in: f32, bf16 or f16."""

    @property
    def device(self) -> str:
        """What it runs on, in words."""

    @property
    def batch(self) -> int:
        """The largest number of cameras that one step serves."""

    @property
    def channels_last(self) -> bool:
        """Whether it reads images without a copy if their channels are last in memory."""

    def new_bank(self) -> SlotBank:
        """Make the clip memory of one camera, where the engine computes; freed with its owner."""

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[SlotBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """
        Segment one frame each of B cameras, B from 1 to :attr:`batch`.

        :param images: float32 [B, 3, H, W], normalised; read where they lie if they are laid out
            as :func:`new_images` does.
        :param banks: B different ones, made by this engine.
        :param age_s: float32 [B, M], seconds; valid: float32 [B, M], 1 or 0.
        :param write: For each bank the index of the slot that is overwritten with what the frame
            leaves behind, after all slots were read; :data:`EMPTY` for none.
        :raises OutOfDeviceMemoryError: if the device has too little memory for B cameras; what
            banks hold is as before.
        """

    def device_memory_mb(self) -> float | None:
        """Tell how much memory of the device is in use, in MB; None if it is the host's."""

    def close(self) -> None:
        """Give back what the device holds; the engine takes no further step."""


def new_images(engine: Engine, count: int) -> npt.NDArray[np.float32]:
    """Make room for images, float32 [count, 3, H, W], in the order that an engine reads."""
    height, width = engine.model.input_size
    if engine.channels_last:
        return np.zeros((count, height, width, 3), np.float32).transpose(0, 3, 1, 2)
    return np.zeros((count, 3, height, width), np.float32)
