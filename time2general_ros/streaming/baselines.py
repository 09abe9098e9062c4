"""What a clip memory is compared with, on the same weights: smoothed scores, and parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from time2general_ros.streaming.segmenter import Segmenter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.streaming.clip_memory import ClipMemory
    from time2general_ros.streaming.engines.engine import Engine, EngineStep
    from time2general_ros.streaming.frame import Frame
    from time2general_ros.streaming.segmenter import Decision, Turn


class PartialMemory(Segmenter):
    """
    Remember only some parts of each slot; the others are left empty.

    :param parts: Names as in the model's card, such as ``queries``.
    """

    def __init__(self, engine: Engine, parts: Sequence[str], *, max_gap_s: float = 1.0) -> None:
        super().__init__(engine, max_gap_s=max_gap_s)
        self._kept = [engine.model.slot_part(part) for part in parts]

    def _wrote(self, turn: Turn) -> None:
        whole = turn.memory.bank.read(turn.place)
        slot = np.zeros_like(whole)
        for part in self._kept:
            slot[part] = whole[part]
        turn.memory.bank.write(turn.place, slot)
        super()._wrote(turn)


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

    def export(self, camera: str) -> dict[str, npt.NDArray[Any]]:
        """Copy the memory of a camera and its smoothed scores."""
        smoothed = {'smoothed': self._smoothed[camera]} if camera in self._smoothed else {}
        return {**super().export(camera), **smoothed}

    def restore(self, camera: str, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where another segmenter stood."""
        super().restore(camera, state)
        if 'smoothed' in state:
            self._smoothed[camera] = np.asarray(state['smoothed'], np.float32)

    def _forgot(self, camera: str) -> None:
        self._smoothed.pop(camera, None)

    def _place(self, memory: ClipMemory, frame: Frame) -> int:
        # Written to be looked at; without a stamp no frame reads it.
        return 0

    def _decide(self, step: EngineStep, row: int, turn: Turn) -> Decision:
        # Alone in a frame, what is believed is what the frame shows.
        belief = turn.memory.bank.read(turn.place)[self._part]
        scores = belief.reshape(*step.confidence.shape[1:], -1)[..., :-1]
        last = self._smoothed.get(turn.frame.camera, scores)
        smoothed = last + (1 - self._inertia) * (scores - last)
        self._smoothed[turn.frame.camera] = smoothed
        height, width = step.class_ids.shape[1:]
        fine = cv2.resize(smoothed, (width, height), interpolation=cv2.INTER_LINEAR)
        # As in the graph: the mean of what was decided inside a cell.
        share = cv2.resize(fine.max(axis=2), scores.shape[1::-1], interpolation=cv2.INTER_AREA)
        return fine.argmax(axis=2).astype(np.uint8), np.asarray(share, np.float32)
