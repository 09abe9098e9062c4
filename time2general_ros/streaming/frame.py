"""What goes into the segmenter and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Frame:
    """
    One camera image with the facts that decide whether memory may be used for it.

    :param image: RGB, uint8 [H, W, 3].
    :param stamp_ns: Acquisition time in nanoseconds (the header stamp).
    :param frame_id: Coordinate frame of the camera; a change resets its memory.
    :param camera: Key of the clip memory that this frame belongs to.
    """

    image: npt.NDArray[np.uint8]
    stamp_ns: int
    frame_id: str = ''
    camera: str = ''

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.image.shape[:2]
        return height, width


@dataclass(frozen=True)
class StageTimes:
    """Wall-clock time of the stages of one frame, in milliseconds."""

    preprocess_ms: float = 0.0
    step_ms: float = 0.0
    postprocess_ms: float = 0.0


@dataclass(frozen=True)
class Segmentation:
    """
    The answer to one frame, at that frame's own width and height.

    :param class_ids: uint8 [H, W], index into the label set.
    :param confidence: uint8 [H, W], 0 (none) to 255 (certain).
    :param memory_depth: Number of earlier frames that were read.
    :param reset: Why memory was cleared before this frame; None if it was not.
    :param memory_age_s: Age of the oldest frame that was read, in seconds; 0 if none was.
    """

    class_ids: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.uint8]
    memory_depth: int = 0
    reset: str | None = None
    times: StageTimes = field(default_factory=StageTimes)
    memory_age_s: float = 0.0
    earlier_resets: tuple[str, ...] = ()

    @property
    def resets(self) -> tuple[str, ...]:
        """Every cause since the answer before this one, oldest first."""
        return self.earlier_resets if self.reset is None else (*self.earlier_resets, self.reset)
