"""A frame whose step fails: what it brought about is told with the next answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from time2general_ros.streaming.engines.engine import EngineStep
from time2general_ros.streaming.frame import Frame, Segmentation
from time2general_ros.streaming.live_flicker import LiveFlicker
from time2general_ros.streaming.model_folder import ModelFolder
from time2general_ros.streaming.segmenter import Segmenter

S = 1_000_000_000
SIZE = (48, 64)


class FailingEngine:
    """Answers with one class, unless it is told to fail."""

    name, precision, device, channels_last = 'failing', 'f32', 'nowhere', False

    def __init__(self, model: ModelFolder, batch: int = 1) -> None:
        self.model, self.batch = model, batch
        self.fails: set[int] = set()
        self._steps = -1

    def new_bank(self) -> Any:
        """Make a memory without content."""
        return object()

    def step(self, images: Any, banks: Sequence[Any], *_: Any) -> EngineStep:
        """Answer, or fail if the number of the step is one to fail."""
        self._steps += 1
        if self._steps in self.fails:
            raise RuntimeError('the step fails')
        size = (len(banks), *(side // 4 for side in self.model.input_size))
        return EngineStep(np.full(size, self._steps, np.uint8), np.ones(size, np.float32))

    def device_memory_mb(self) -> float | None:
        """Tell nothing."""
        return None

    def close(self) -> None:
        """Have nothing to free."""


@pytest.fixture
def model(tmp_path: Any) -> ModelFolder:
    card = {
        'name': 'failing',
        'label_set': 'cityscapes19',
        'input': {'height': 24, 'width': 32},
        'memory': {'slots': 2, 'tokens': 1, 'width': 1},
    }
    return ModelFolder(tmp_path, card)


def frame(time_s: float, camera: str = '', frame_id: str = '') -> Frame:
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    return Frame(image, round(time_s * S), frame_id, camera)


def run(
    model: ModelFolder, frames: list[Frame], fails: set[int], **options: Any
) -> tuple[Segmenter, list[Segmentation | None]]:
    engine = FailingEngine(model)
    engine.fails = fails
    segmenter = Segmenter(engine, **options)
    answers: list[Segmentation | None] = []
    for item in frames:
        try:
            answers.append(segmenter.segment(item))
        except RuntimeError:
            answers.append(None)
    return segmenter, answers


CAUSES = {
    'backward_stamp': frame(-1.0),
    'gap': frame(5.0),
    'resolution': replace(frame(0.2), image=np.zeros((24, 32, 3), np.uint8)),
    'frame_id': frame(0.2, frame_id='other'),
}


@pytest.mark.parametrize('use_memory', [True, False])
@pytest.mark.parametrize('failures', [1, 3])
@pytest.mark.parametrize('cause', CAUSES)
def test_a_reset_on_a_frame_whose_step_fails_is_told_with_the_next_answer(
    model: ModelFolder, cause: str, failures: int, use_memory: bool
) -> None:
    then = CAUSES[cause]
    later = [replace(then, stamp_ns=then.stamp_ns + n * S // 10) for n in range(failures + 2)]
    fails = {2 + n for n in range(failures)}
    segmenter, answers = run(model, [frame(0.0), frame(0.1), *later], fails, use_memory=use_memory)
    told = [answer and answer.resets for answer in answers]
    assert told == [(), (), *[None] * failures, (cause,), ()]
    assert segmenter.resets == {cause: 1}


def test_resets_of_several_failed_frames_are_all_told_once(model: ModelFolder) -> None:
    frames = [frame(0.0), frame(5.0), frame(1.0), frame(1.1, frame_id='other'), frame(1.2)]
    segmenter, answers = run(model, frames, {1, 2})
    assert answers[3] is not None
    assert answers[3].resets == ('gap', 'backward_stamp', 'frame_id')
    assert (answers[3].earlier_resets, answers[3].reset) == (
        ('gap', 'backward_stamp'),
        'frame_id',
    )
    assert answers[4] is not None
    assert answers[4].resets == ('frame_id',)
    assert segmenter.resets == {'gap': 1, 'backward_stamp': 1, 'frame_id': 2}


def test_a_request_meanwhile_does_not_swallow_what_is_untold(model: ModelFolder) -> None:
    engine = FailingEngine(model)
    engine.fails = {1}
    segmenter = Segmenter(engine)
    segmenter.segment(frame(0.0))
    with pytest.raises(RuntimeError):
        segmenter.segment(frame(5.0))
    segmenter.reset('')
    assert segmenter.segment(frame(5.1)).resets == ('gap',)
    assert segmenter.resets == {'gap': 1, 'request': 1}


@pytest.mark.parametrize('failing', [2, 3])
def test_cameras_whose_batch_fails_are_told_when_they_are_answered_one_by_one(
    model: ModelFolder, failing: int
) -> None:
    """Of two batches the first or the second fails; nobody gets the answers of the other."""
    engine = FailingEngine(model, batch=2)
    engine.fails = {failing}
    segmenter = Segmenter(engine)
    cameras = ['front', 'left', 'right']
    segmenter.segment_batch([frame(0.0, name) for name in cameras])
    late = [frame(5.0, name) for name in cameras]
    with pytest.raises(RuntimeError):
        segmenter.segment_batch(late)
    assert [segmenter.segment(item).resets for item in late] == [('gap',)] * 3
    assert segmenter.resets == {'gap': 3}
    after = [segmenter.segment(frame(5.1, name)).resets for name in cameras]
    assert after == [()] * 3


def test_the_live_flicker_does_not_compare_across_a_reset_whose_frame_failed(
    model: ModelFolder,
) -> None:
    frames = [frame(0.0), frame(0.1), frame(5.0), frame(5.1), frame(5.2)]
    _, answers = run(model, frames, {2})
    flicker = LiveFlicker()
    shares = [
        flicker.update(answer, item)
        for answer, item in zip(answers, frames, strict=True)
        if answer is not None
    ]
    # One class becomes another from step to step.
    assert shares == [None, 1.0, None, 1.0]
