"""The streaming segmenter: frames of any number of cameras in, stable masks out."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from time2general_ros.streaming.clip_memory import ClipMemory
from time2general_ros.streaming.engines.engine import EMPTY, new_images
from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.frame import Frame, Segmentation, StageTimes
from time2general_ros.streaming.preprocess import Preprocessor, enlarge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.streaming.engines.engine import Engine, EngineStep

    Decision = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]


_WARM_UPS = 3
_WARM_UP_PERIOD_NS = 33_000_000


class Turn(NamedTuple):
    """
    One camera's part in a step.

    :param resets: Why its memory was emptied since its last answer, oldest first.
    :param age_s: float32 [M]; valid: float32 [M].
    :param place: The slot that is written; :data:`EMPTY` for none.
    """

    frame: Frame
    memory: ClipMemory
    resets: tuple[str, ...]
    age_s: npt.NDArray[np.float32]
    valid: npt.NDArray[np.float32]
    place: int


class Segmenter:
    """
    Serves any number of cameras with one engine; each camera has its own clip memory.

    Calls from several threads are taken one at a time.

    :param max_gap_s: A longer time between two frames of a camera empties its memory.
    :param use_memory: False makes every frame stand alone.
    :param report: Is told when the engine has too little memory for its batch.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        max_gap_s: float = 1.0,
        use_memory: bool = True,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.engine = engine
        self.resets: Counter[str] = Counter()
        self._max_gap_s = max_gap_s
        self._use_memory = use_memory
        self._report = report
        self._batch = engine.batch
        self._memories: dict[str, ClipMemory] = {}
        self._prepare = Preprocessor(engine.model.input_size)
        self._images = new_images(engine, engine.batch)
        self._is_closed = False
        self._lock = Lock()

    @property
    def labels(self) -> LabelSet:
        """The classes of the masks."""
        return self.engine.model.labels

    def segment(self, frame: Frame) -> Segmentation:
        """Segment one frame, reading and updating the memory of ``frame.camera``."""
        return self.segment_batch([frame])[0]

    def segment_batch(self, frames: Sequence[Frame]) -> list[Segmentation]:
        """
        Segment frames of different cameras, as many at once as the engine takes.

        :param frames: At most one per camera.
        :returns: The answers in the same order, the same as one by one.
        :raises ValueError: if two frames are of one camera.
        :raises OutOfDeviceMemoryError: if the device has too little memory for a single camera.
        :raises EngineError: if the segmenter is closed.
        """
        cameras = [frame.camera for frame in frames]
        if len({*cameras}) < len(cameras):
            raise ValueError(f'a batch takes one frame per camera, these are of {cameras}')
        with self._lock:
            if self._is_closed:
                raise EngineError('the segmenter is closed; make a new one')
            answers: list[Segmentation] = []
            while len(answers) < len(frames):
                turns = [self._admit(frame) for frame in frames[len(answers) :][: self._batch]]
                answers += self._serve(turns)
            # Not before: if one step fails, nobody gets the answers of the others.
            for camera in cameras:
                self._memories[camera].told()
            return answers

    def warm_up(self) -> None:
        """
        Segment some empty frames and forget them.

        Engines allocate, choose kernels and fill caches in their first steps, with memory and
        without, while the frames of a camera would queue up.

        :raises EngineError: as :meth:`segment_batch`.
        """
        height, width = self.engine.model.input_size
        image = np.zeros((height, width, 3), np.uint8)
        cameras = [f'warm-up {number}' for number in range(self._batch)]
        for turn in range(_WARM_UPS):
            frames = [Frame(image, turn * _WARM_UP_PERIOD_NS, '', name) for name in cameras]
            self.segment_batch(frames if turn else frames[:1])
        for name in cameras:
            self.forget(name)

    def reset(self, camera: str, cause: str = 'request') -> None:
        """Empty the memory of a camera and count the cause; an unknown camera has none yet."""
        with self._lock:
            self.resets[cause] += 1
            if camera in self._memories:
                self._memories[camera].clear()
            self._forgot(camera)

    def forget(self, camera: str) -> None:
        """Free the memory of a camera that is gone; were it to return, it would start anew."""
        with self._lock:
            self._memories.pop(camera, None)
            self._forgot(camera)

    def export(self, camera: str) -> dict[str, npt.NDArray[Any]]:
        """Copy the memory of a camera, for :meth:`restore`."""
        with self._lock:
            return self._memory(camera).export()

    def restore(self, camera: str, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where another segmenter of the same model stood: the answers will be the same."""
        with self._lock:
            self._memory(camera).restore(state)

    def close(self) -> None:
        """Free all memories and close the engine, once."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for camera in [*self._memories]:
                del self._memories[camera]
                self._forgot(camera)
            self.engine.close()

    def _admit(self, frame: Frame) -> Turn:
        memory = self._memory(frame.camera)
        cause = memory.admit(frame)
        if cause:
            self.resets[cause] += 1
            self._forgot(frame.camera)
        ages, place = memory.ages(frame.stamp_ns), self._place(memory, frame)
        return Turn(frame, memory, memory.untold, *ages, place)

    def _serve(self, turns: list[Turn]) -> list[Segmentation]:
        """Run one step, or several of fewer cameras if the device's memory is too small."""
        images, preprocess_ms = self._prepared(turns)
        began = perf_counter()
        try:
            step = self.engine.step(
                images,
                [turn.memory.bank for turn in turns],
                np.stack([turn.age_s for turn in turns]),
                np.stack([turn.valid for turn in turns]),
                [turn.place for turn in turns],
            )
        except OutOfDeviceMemoryError as error:
            if len(turns) == 1:
                raise
            self._batch = half = len(turns) // 2
            if self._report:
                self._report(f'{error}; going on with {half} instead of {len(turns)} at once')
            return [
                answer
                for first in range(0, len(turns), half)
                for answer in self._serve(turns[first : first + half])
            ]
        for turn in turns:
            self._wrote(turn)
        step_ms = 1e3 * (perf_counter() - began)
        return [
            self._answer(turn, *self._decide(step, row, turn), preprocess_ms[row], step_ms)
            for row, turn in enumerate(turns)
        ]

    def _prepared(self, turns: list[Turn]) -> tuple[npt.NDArray[np.float32], list[float]]:
        """Return images [B, 3, H, W], and how long each took in milliseconds."""
        times_ms = []
        for row, turn in enumerate(turns):
            began = perf_counter()
            self._prepare.write(turn.frame.image, self._images[row])
            times_ms.append(1e3 * (perf_counter() - began))
        return self._images[: len(turns)], times_ms

    def _answer(
        self,
        turn: Turn,
        class_ids: npt.NDArray[np.uint8],
        sure: npt.NDArray[np.float32],
        preprocess_ms: float,
        step_ms: float,
    ) -> Segmentation:
        began = perf_counter()
        share = np.rint(sure * 255).astype(np.uint8)
        size = turn.frame.size
        large_ids, confidence = enlarge(class_ids, size), enlarge(share, size)
        postprocess_ms = 1e3 * (perf_counter() - began)
        return Segmentation(
            large_ids,
            confidence,
            memory_depth=int(turn.valid.sum()),
            reset=turn.resets[-1] if turn.resets else None,
            times=StageTimes(preprocess_ms, step_ms, postprocess_ms),
            memory_age_s=float(turn.age_s.max(initial=0.0)),
            earlier_resets=turn.resets[:-1],
        )

    def _place(self, memory: ClipMemory, frame: Frame) -> int:
        """Return the slot that the frame will be written to."""
        return memory.place(frame.stamp_ns) if self._use_memory else EMPTY

    def _wrote(self, turn: Turn) -> None:
        """Note what the step left behind."""
        if self._use_memory:
            turn.memory.wrote(turn.frame.stamp_ns)

    def _decide(self, step: EngineStep, row: int, turn: Turn) -> Decision:
        """Return class ids uint8 and confidence float32 of one row of the batch, as in a step."""
        return step.class_ids[row], step.confidence[row]

    def _forgot(self, camera: str) -> None:
        """Be told that the memory of a camera was emptied."""

    def _memory(self, camera: str) -> ClipMemory:
        if camera not in self._memories:
            slots = self.engine.model.slots
            self._memories[camera] = ClipMemory(self.engine.new_bank(), slots, self._max_gap_s)
        return self._memories[camera]
