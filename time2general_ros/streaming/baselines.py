"""What a clip memory is compared with, on the same weights: smoothed scores, and parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.streaming.segmenter import Segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from time2general_ros.streaming.clip_memory import ClipMemory
    from time2general_ros.streaming.engines.engine import Engine, EngineStep
    from time2general_ros.streaming.frame import Frame
    from time2general_ros.streaming.segmenter import Decision


class PartialMemory(Segmenter):
    """
    Remember only some parts of each slot; the others are left empty.

    :param parts: Names as in the model's card, such as ``queries``.
    """

    def __init__(self, engine: Engine, parts: Sequence[str], *, max_gap_s: float = 1.0) -> None:
        super().__init__(engine, max_gap_s=max_gap_s)
        self._kept = [engine.model.slot_part(part) for part in parts]

    def _remember(self, memory: ClipMemory, step: EngineStep, frame: Frame) -> None:
        slot = np.zeros_like(step.slot[0])
        for part in self._kept:
            slot[part] = step.slot[0, part]
        memory.write(slot, frame.stamp_ns)


class SmoothedScores(Segmenter):
    """
    Exponential smoothing of the per-frame score map, each pixel in its place.

    :param inertia: Share of the smoothed scores so far in the next, 0 to below 1.
    """

    def __init__(self, engine: Engine, inertia: float, *, max_gap_s: float = 1.0) -> None:
        super().__init__(engine, max_gap_s=max_gap_s, use_memory=False)
        self._inertia = inertia
        self._part = engine.model.slot_part('belief')
        self._smoothed: dict[str, npt.NDArray[np.float32]] = {}

    def _forgot(self, camera: str) -> None:
        self._smoothed.pop(camera, None)

    def _decide(self, step: EngineStep, frame: Frame) -> Decision:
        # Alone in a frame, what is believed is what the frame shows.
        scores = step.slot[0, self._part].reshape(*step.class_ids.shape[1:], -1)[..., :-1]
        last = self._smoothed.get(frame.camera, scores)
        smoothed = last + (1 - self._inertia) * (scores - last)
        self._smoothed[frame.camera] = smoothed
        return smoothed.argmax(axis=2).astype(np.uint8), smoothed.max(axis=2)
