"""The streaming segmenter: frames of any number of cameras in, stable masks out."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.streaming.clip_memory import ClipMemory
from time2general_ros.streaming.frame import Frame, Segmentation, StageTimes
from time2general_ros.streaming.preprocess import Preprocessor, enlarge

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.labels import LabelSet
    from time2general_ros.streaming.engines.engine import Engine, EngineStep

    Decision = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]


class Segmenter:
    """
    Serves any number of cameras with one engine; each camera has its own clip memory.

    Calls from several threads are taken one at a time.

    :param max_gap_s: A longer time between two frames of a camera empties its memory.
    :param use_memory: False makes every frame stand alone.
    """

    def __init__(self, engine: Engine, *, max_gap_s: float = 1.0, use_memory: bool = True) -> None:
        self.engine = engine
        self.resets: Counter[str] = Counter()
        self._max_gap_s = max_gap_s
        self._use_memory = use_memory
        self._memories: dict[str, ClipMemory] = {}
        self._prepare = Preprocessor(engine.model.input_size)
        self._lock = Lock()

    @property
    def labels(self) -> LabelSet:
        """The classes of the masks."""
        return self.engine.model.labels

    def segment(self, frame: Frame) -> Segmentation:
        """Segment one frame, reading and updating the memory of ``frame.camera``."""
        with self._lock:
            return self._segment(frame)

    def reset(self, camera: str, cause: str = 'request') -> None:
        """Empty the memory of a camera and count the cause; an unknown camera has none yet."""
        with self._lock:
            self.resets[cause] += 1
            if camera in self._memories:
                self._memories[camera].clear()
            self._forgot(camera)

    def _segment(self, frame: Frame) -> Segmentation:
        began = perf_counter()
        memory = self._memory(frame.camera)
        cause = memory.admit(frame)
        if cause:
            self.resets[cause] += 1
            self._forgot(frame.camera)
        age_s, valid = memory.ages(frame.stamp_ns)
        image = self._prepare(frame.image)
        prepared = perf_counter()
        step = self.engine.step(image, memory.values, age_s, valid)
        self._remember(memory, step, frame)
        stepped = perf_counter()
        small_ids, sure = self._decide(step, frame)
        share = np.rint(sure * 255).astype(np.uint8)
        class_ids = enlarge(small_ids, frame.size)
        confidence = enlarge(share, frame.size)
        return Segmentation(
            class_ids,
            confidence,
            memory_depth=int(valid.sum()),
            reset=cause,
            times=StageTimes(
                preprocess_ms=1e3 * (prepared - began),
                step_ms=1e3 * (stepped - prepared),
                postprocess_ms=1e3 * (perf_counter() - stepped),
            ),
        )

    def _remember(self, memory: ClipMemory, step: EngineStep, frame: Frame) -> None:
        if self._use_memory:
            memory.write(step.slot[0], frame.stamp_ns)

    def _decide(self, step: EngineStep, frame: Frame) -> Decision:
        """Return class ids uint8 [h, w] and confidence float32 [h, w]."""
        return step.class_ids[0], step.confidence[0]

    def _forgot(self, camera: str) -> None:
        """Be told that the memory of a camera was emptied."""

    def _memory(self, camera: str) -> ClipMemory:
        if camera not in self._memories:
            model = self.engine.model
            self._memories[camera] = ClipMemory(model.slots, model.slot_shape, self._max_gap_s)
        return self._memories[camera]
