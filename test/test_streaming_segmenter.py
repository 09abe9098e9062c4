from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
import weakref

import numpy as np
import pytest
from tiny_model import TINY, noise_frame, tiny_engine, tiny_folder

from time2general_ros.streaming.clip_memory import ClipMemory
from time2general_ros.streaming.engines import ENGINES, EngineError, create_engine
from time2general_ros.streaming.engines.slot_bank import SlotBank
from time2general_ros.streaming.frame import Frame, Segmentation
from time2general_ros.streaming.preprocess import Preprocessor, enlarge
from time2general_ros.streaming.segmenter import Segmenter

STAMPS_S = (0.0, 0.033, 0.066, 0.2, 0.233, 0.9)
MASK_SIZE = (TINY.height // 2, TINY.width_px // 2)


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(tiny_engine())


def clip(seed: int, camera: str = '') -> list[Frame]:
    return [noise_frame(seed + n, time_s, camera=camera) for n, time_s in enumerate(STAMPS_S)]


def run(frames: list[Frame], *, use_memory: bool = True) -> list[Segmentation]:
    segmenter = Segmenter(tiny_engine(), use_memory=use_memory)
    return [segmenter.segment(frame) for frame in frames]


def assert_same(answers: list[Segmentation], others: list[Segmentation]) -> None:
    assert len(answers) == len(others)
    for answer, other in zip(answers, others, strict=True):
        assert np.array_equal(answer.class_ids, other.class_ids)
        assert np.array_equal(answer.confidence, other.confidence)
        assert answer.memory_depth == other.memory_depth
        assert answer.reset == other.reset


def differ(answers: list[Segmentation], others: list[Segmentation]) -> bool:
    return any(
        not np.array_equal(answer.confidence, other.confidence)
        for answer, other in zip(answers, others, strict=True)
    )


@pytest.mark.parametrize('size', [(53, 97), (1, 1), (1080, 1920), (97, 53), MASK_SIZE])
def test_masks_have_the_size_of_the_input(segmenter: Segmenter, size: tuple[int, int]) -> None:
    answer = segmenter.segment(noise_frame(0, size=size))
    for array in (answer.class_ids, answer.confidence):
        assert (array.dtype, array.shape) == (np.uint8, size)
    assert answer.class_ids.max() < len(segmenter.labels) == TINY.classes


def test_answer_is_that_of_the_engine(segmenter: Segmenter) -> None:
    prepare = Preprocessor((TINY.height, TINY.width_px))
    memory = ClipMemory(tiny_engine().new_bank(), TINY.slots, max_gap_s=1.0)
    for depth, frame in enumerate(clip(0)):
        answer = segmenter.segment(frame)
        images, stamp_ns = prepare(frame.image), frame.stamp_ns
        ages = (row[None] for row in memory.ages(stamp_ns))
        step = tiny_engine().step(images, [memory.bank], *ages, [memory.place(stamp_ns)])
        memory.wrote(stamp_ns)
        assert np.array_equal(answer.class_ids, enlarge(step.class_ids[0], frame.size))
        share = np.rint(step.confidence[0] * 255).astype(np.uint8)
        assert np.array_equal(answer.confidence, enlarge(share, frame.size))
        assert answer.memory_depth == min(depth, TINY.slots)
        assert min(answer.times.preprocess_ms, answer.times.step_ms) > 0
        assert answer.times.postprocess_ms > 0


def test_same_frames_give_the_same_bytes() -> None:
    assert_same(run(clip(0)), run(clip(0)))


def test_interleaved_cameras_are_answered_as_if_alone(segmenter: Segmenter) -> None:
    left, right = clip(0, 'left'), [replace(f, frame_id='r') for f in clip(50, 'right')]
    answers = [segmenter.segment(f) for pair in zip(left, right, strict=True) for f in pair]
    assert_same(answers[::2], run(left))
    assert_same(answers[1::2], run(right))
    assert not segmenter.resets


def test_memory_off_segments_every_frame_alone() -> None:
    frames = clip(0)
    alone = [run([frame])[0] for frame in frames]
    off = run(frames, use_memory=False)
    assert_same(off, alone)
    assert {answer.memory_depth for answer in off} == {0}
    assert differ(run(frames), alone)


def test_request_empties_the_memory_of_one_camera(segmenter: Segmenter) -> None:
    cameras = {'left': clip(0, 'left'), 'right': clip(50, 'right')}
    for camera in cameras.values():
        for frame in camera[:3]:
            segmenter.segment(frame)
    segmenter.reset('left')
    segmenter.reset('left', 'deactivate')
    assert segmenter.resets == {'request': 1, 'deactivate': 1}
    left = [segmenter.segment(frame) for frame in cameras['left'][3:]]
    right = [segmenter.segment(frame) for frame in cameras['right'][3:]]
    assert_same(left, run(cameras['left'][3:]))
    assert_same(right, run(cameras['right'])[3:])


def test_request_for_a_camera_without_frames_is_harmless(segmenter: Segmenter) -> None:
    segmenter.reset('rear')
    assert_same([segmenter.segment(frame) for frame in clip(0, 'rear')], run(clip(0, 'rear')))


@pytest.mark.parametrize(
    ('cause', 'then'),
    [
        ('backward_stamp', noise_frame(9, -5.0)),
        ('gap', noise_frame(9, 2.0)),
        ('resolution', noise_frame(9, 1.0, size=(80, 48))),
        ('frame_id', replace(noise_frame(9, 1.0), frame_id='other')),
    ],
)
def test_resets_are_told_counted_and_complete(
    segmenter: Segmenter, cause: str, then: Frame
) -> None:
    for frame in clip(0):
        assert segmenter.segment(frame).reset is None
    answer = segmenter.segment(then)
    assert answer.reset == cause
    assert segmenter.resets == {cause: 1}
    assert_same([replace(answer, reset=None)], run([then]))


def test_longest_gap_can_be_chosen() -> None:
    frames = [noise_frame(0), noise_frame(1, 2.0)]
    patient = Segmenter(tiny_engine(), max_gap_s=2.0)
    assert [patient.segment(frame).memory_depth for frame in frames] == [0, 1]
    hasty = Segmenter(tiny_engine(), max_gap_s=1.9)
    assert [hasty.segment(frame).memory_depth for frame in frames] == [0, 0]


def test_frame_sent_again_is_answered_alike(segmenter: Segmenter) -> None:
    frames = clip(0)
    once = [segmenter.segment(frame) for frame in frames[:3]]
    assert_same([segmenter.segment(frames[2])], once[2:])
    assert_same([segmenter.segment(frame) for frame in frames[3:]], run(frames)[3:])


@pytest.mark.parametrize('engine', ['openvino', 'torch'])
def test_later_frames_leave_earlier_answers_alone(engine: str) -> None:
    segmenter = Segmenter(tiny_engine(engine))
    # At the network's own mask size nothing needs to be enlarged.
    answers = [segmenter.segment(noise_frame(0, size=MASK_SIZE))]
    kept = [replace(answers[0], class_ids=answers[0].class_ids.copy())]
    kept = [replace(kept[0], confidence=answers[0].confidence.copy())]
    later = segmenter.segment(noise_frame(1, 0.1, size=MASK_SIZE))
    assert differ(answers, [later])
    assert_same(answers, kept)


def test_threads_are_served_one_at_a_time(segmenter: Segmenter) -> None:
    clips = [clip(20 * n, f'camera {n}') for n in range(4)]
    with ThreadPoolExecutor(len(clips)) as pool:
        answers = list(pool.map(lambda frames: list(map(segmenter.segment, frames)), clips))
    for frames, answer in zip(clips, answers, strict=True):
        assert_same(answer, run(frames))


def test_memory_is_as_old_as_the_oldest_frame_read(segmenter: Segmenter) -> None:
    found = [segmenter.segment(frame).memory_age_s for frame in clip(0)]
    oldest = [STAMPS_S[max(0, n - TINY.slots)] for n in range(len(STAMPS_S))]
    assert found == pytest.approx(np.subtract(STAMPS_S, oldest), abs=1e-6)


class Kept:
    """The engine as it is; its banks and its closing are watched."""

    def __init__(self) -> None:
        self.banks: list[weakref.ref[SlotBank]] = []
        self.closed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(tiny_engine(), name)

    def new_bank(self) -> SlotBank:
        bank = tiny_engine().new_bank()
        self.banks.append(weakref.ref(bank))
        return bank

    def close(self) -> None:
        self.closed += 1

    @property
    def alive(self) -> list[bool]:
        return [bank() is not None for bank in self.banks]


def test_a_forgotten_camera_frees_its_memory_and_starts_anew() -> None:
    engine = Kept()
    segmenter = Segmenter(engine)  # type: ignore[arg-type]
    left, right = clip(0, 'left'), clip(50, 'right')
    for frames in (left, right):
        segmenter.segment(frames[0])
    segmenter.forget('left')
    segmenter.forget('never seen')
    assert engine.alive == [False, True]
    assert not segmenter.resets
    assert_same([segmenter.segment(frame) for frame in left], run(left))
    assert segmenter.segment(right[1]).memory_depth == 1


def test_closing_frees_all_memories_and_the_engine() -> None:
    engine = Kept()
    segmenter = Segmenter(engine)  # type: ignore[arg-type]
    for camera in ('left', 'right'):
        segmenter.segment(noise_frame(0, camera=camera))
    segmenter.close()
    segmenter.close()
    assert engine.alive == [False, False]
    assert engine.closed == 1


@pytest.mark.parametrize('name', ['openvino', 'onnxruntime', 'torch'])
def test_a_closed_engine_says_so(name: str) -> None:
    if obstacle := ENGINES[name].obstacle():
        pytest.skip(obstacle)
    engine = create_engine(name, tiny_folder(), threads=1)
    segmenter = Segmenter(engine)
    segmenter.segment(noise_frame(0))
    assert engine.device_memory_mb() is None
    segmenter.close()
    with pytest.raises(EngineError, match='closed; make a new one'):
        segmenter.segment(noise_frame(1, 0.1))
