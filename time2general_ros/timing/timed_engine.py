"""An engine that notes how long its steps take."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.streaming.engines.engine import Engine, EngineStep
    from time2general_ros.streaming.engines.slot_bank import SlotBank
    from time2general_ros.streaming.model_folder import ModelFolder


class TimedEngine:
    """
    Passes everything on to an engine.

    Its steps include bringing images to the device and answers back.

    :ivar spent_s: Seconds in ``step`` so far.
    """

    def __init__(self, engine: Engine) -> None:
        self.spent_s = 0.0
        self._engine = engine

    @property
    def name(self) -> str:
        """Name in the table of engines."""
        return self._engine.name

    @property
    def model(self) -> ModelFolder:
        """The model that is loaded."""
        return self._engine.model

    @property
    def precision(self) -> str:
        """What it computes in."""
        return self._engine.precision

    @property
    def device(self) -> str:
        """What it runs on, in words."""
        return self._engine.device

    @property
    def batch(self) -> int:
        """The largest number of cameras that one step serves."""
        return self._engine.batch

    @property
    def channels_last(self) -> bool:
        """Whether it reads images without a copy if their channels are last in memory."""
        return self._engine.channels_last

    def new_bank(self) -> SlotBank:
        """Make the clip memory of one camera."""
        return self._engine.new_bank()

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[SlotBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Run the engine's step and add its time to :attr:`spent_s`."""
        began = perf_counter()
        try:
            return self._engine.step(images, banks, age_s, valid, write)
        finally:
            self.spent_s += perf_counter() - began

    def device_memory_mb(self) -> float | None:
        """Tell how much memory of the device is in use."""
        return self._engine.device_memory_mb()

    def close(self) -> None:
        """Give back what the device holds."""
        self._engine.close()
