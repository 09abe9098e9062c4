"""What every engine does: one step of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from time2general_ros.streaming.model_folder import ModelFolder


class EngineStep(NamedTuple):
    """
    Answer of one step; the arrays are valid until the engine's next step.

    :param class_ids: uint8 [B, H/4, W/4].
    :param confidence: float32 [B, H/4, W/4], 0 to 1.
    :param slot: float32 [B, P, D].
    """

    class_ids: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.float32]
    slot: npt.NDArray[np.float32]


class Engine(Protocol):
    """Runs ``step`` of one model; see :meth:`time2general_ros.model.network.Time2General.step`."""

    @property
    def name(self) -> str:
        """Name in the table of engines."""

    @property
    def model(self) -> ModelFolder:
        """The model that is loaded."""

    def step(
        self,
        image: npt.NDArray[np.float32],
        memory: npt.NDArray[np.float32],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
    ) -> EngineStep:
        """
        Segment one frame.

        :param image: [1, 3, H, W], normalised; memory: [1, M, P, D]; age_s and valid: [1, M].
        """
