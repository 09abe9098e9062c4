from __future__ import annotations

from typing import Any

import numpy as np
from tiny_model import tiny_engine

from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.segmenter import Segmenter
from time2general_ros.timing.camera import FRAME_NS
from time2general_ros.timing.clip_recompute import CLIP, ClipAtOnce, ClipOneByOne


class Watched:
    """An engine that keeps what its steps were asked and answered."""

    def __init__(self, batch: int = 1) -> None:
        self.engine = tiny_engine()
        self.model, self.channels_last = self.engine.model, self.engine.channels_last
        self.batch = batch
        self.asked: list[tuple[Any, ...]] = []
        self.answers: list[Any] = []

    def new_bank(self) -> Any:
        return self.engine.new_bank()

    def step(self, *arguments: Any) -> Any:
        self.asked.append(
            tuple(np.array(a) if isinstance(a, np.ndarray) else a for a in arguments)
        )
        if len(arguments[0]) > 1:
            return None
        step = self.engine.step(*arguments)
        self.answers.append(step.class_ids.copy())
        return step


class Given:
    """In place of preprocessing: the grey value of a picture says which image it stands for."""

    def __init__(self, images: list[Any]) -> None:
        self.images = images

    def write(self, picture: Any, out: Any) -> None:
        out[:] = self.images[picture[0, 0, 0]][0]


def test_recompute_in_steps_gives_what_streaming_gives() -> None:
    engine: Any = Watched()
    clip = ClipOneByOne(engine, 1)
    clip.run()
    images = [asked[0] for asked in engine.asked]
    assert len(images) == CLIP
    streaming = Watched()
    segmenter = Segmenter(streaming)  # type: ignore[arg-type]
    segmenter._prepare = Given(images)  # type: ignore[assignment]
    for number in range(CLIP):
        picture = np.full((8, 8, 3), number, np.uint8)
        segmenter.segment(Frame(picture, number * FRAME_NS))
    assert np.array_equal(engine.answers[-1], streaming.answers[-1])


def test_second_clip_reads_nothing_of_the_first() -> None:
    engine: Any = Watched()
    clip = ClipOneByOne(engine, 1)
    clip.run()
    clip.run()
    assert np.array_equal(engine.answers[CLIP - 1], engine.answers[2 * CLIP - 1])


def test_every_camera_is_answered() -> None:
    engine: Any = Watched(batch=CLIP)
    assert ClipOneByOne(engine, 3).run().step > 0
    assert len(engine.asked) == 3 * CLIP
    ClipAtOnce(engine, 3).run()
    assert [len(asked[0]) for asked in engine.asked[3 * CLIP :]] == [CLIP] * 3
