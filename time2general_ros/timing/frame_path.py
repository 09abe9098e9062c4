"""The whole way of a frame, from the bytes of a camera message to those of the masks."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from time2general_ros.messages.decode import decode
from time2general_ros.messages.encode import mono8_fields
from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.segmenter import Segmenter
from time2general_ros.timing.camera import FRAME_NS, CameraMessage
from time2general_ros.timing.timed_engine import TimedEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from time2general_ros.streaming.engines.engine import Engine


class RoundTimes(NamedTuple):
    """
    Wall-clock milliseconds of one round: one frame of every camera.

    :param preprocess: Decoding the messages, resizing and normalising.
    :param step: Inside the engine, with the copies to and from its device.
    :param postprocess: All the rest: bookkeeping, enlarging, building the two mask messages.
    """

    preprocess: float
    step: float
    postprocess: float

    @property
    def total(self) -> float:
        """The whole round."""
        return self.preprocess + self.step + self.postprocess


class FramePath:
    """
    Takes what a number of cameras send through one engine.

    What the middleware does to a message before and after is not in it.

    :param messages: Sent by every camera in turn, over and over.
    :param cameras: How many; each has a clip memory of its own.
    """

    def __init__(self, engine: Engine, messages: Sequence[CameraMessage], cameras: int) -> None:
        self.rounds = 0
        self._engine = TimedEngine(engine)
        self._segmenter = Segmenter(self._engine)
        self._messages = messages
        self._cameras = [f'camera{number}' for number in range(cameras)]

    def begin(self) -> None:
        """Let every camera begin anew, without memory."""
        for name in self._cameras:
            self._segmenter.reset(name)

    def run(self) -> RoundTimes:
        """Take one frame of every camera through, and tell what took how long."""
        stamp_ns = (1 + self.rounds) * FRAME_NS
        message = self._messages[self.rounds % len(self._messages)]
        self.rounds += 1
        before_s, began = self._engine.spent_s, perf_counter()
        frames = [Frame(decode(message), stamp_ns, 'camera', name) for name in self._cameras]
        decoded = perf_counter()
        for answer in (answers := self._segmenter.segment_batch(frames)):
            mono8_fields(answer.class_ids)
            mono8_fields(answer.confidence)
        whole_ms = 1e3 * (perf_counter() - began)
        step_ms = 1e3 * (self._engine.spent_s - before_s)
        preprocess_ms = sum(answer.times.preprocess_ms for answer in answers)
        preprocess_ms += 1e3 * (decoded - began)
        return RoundTimes(preprocess_ms, step_ms, whole_ms - step_ms - preprocess_ms)
