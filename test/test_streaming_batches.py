from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny_model import BATCH, TINY, batched_folder, noise_frame, tiny_engine, without_single

from time2general_ros.streaming.engines import ENGINES, OutOfDeviceMemoryError, create_engine
from time2general_ros.streaming.engines.engine import EMPTY, Engine
from time2general_ros.streaming.frame import Frame, Segmentation
from time2general_ros.streaming.segmenter import Segmenter

CAMERAS = ('front', 'left', 'right', 'rear', 'roof')
# Which cameras have a fresh frame: all, some, others, one, all.
ROUNDS = ((0, 1, 2, 3, 4), (1, 3), (0, 2, 4), (3,), (0, 1, 2), (4, 2, 0, 1, 3))
ENGINES_HERE = [name for name, kind in ENGINES.items() if kind.obstacle() is None]


@cache
def batched(name: str) -> Engine:
    """Give the tiny network in an engine that serves three cameras at once."""
    with pytest.MonkeyPatch.context() as patch:
        if name == 'torch':
            from time2general_ros.streaming.engines import torch_engine

            # As on a GPU, but computed here.
            patch.setattr(torch_engine, 'batch_on', lambda device, cameras: cameras)
        return create_engine(name, without_single(), threads=1, cameras=BATCH)


def rounds() -> Iterator[list[Frame]]:
    for number, present in enumerate(ROUNDS):
        frames = [noise_frame(10 * number + camera, 0.1 * number) for camera in present]
        yield [
            replace(frame, camera=CAMERAS[camera], frame_id=CAMERAS[camera])
            for frame, camera in zip(frames, present, strict=True)
        ]


def assert_same(answers: list[Segmentation], others: list[Segmentation]) -> None:
    for answer, other in zip(answers, others, strict=True):
        assert np.array_equal(answer.class_ids, other.class_ids)
        assert np.array_equal(answer.confidence, other.confidence)
        assert (answer.memory_depth, answer.reset) == (other.memory_depth, other.reset)


@pytest.mark.parametrize('name', ENGINES_HERE)
def test_a_batch_is_answered_as_its_frames_are_one_by_one(name: str) -> None:
    engine = batched(name)
    assert engine.batch == BATCH
    together, alone = Segmenter(engine), Segmenter(engine)
    for frames in rounds():
        answers = together.segment_batch(frames)
        assert_same(answers, [alone.segment(frame) for frame in frames])
    assert max(answer.memory_depth for answer in answers) == TINY.slots


@pytest.mark.parametrize('name', ENGINES_HERE)
def test_a_batched_network_answers_as_one_for_a_single_camera(name: str) -> None:
    batch, single = Segmenter(batched(name)), Segmenter(tiny_engine(name))
    for frames in rounds():
        pairs = zip(batch.segment_batch(frames), single.segment_batch(frames), strict=True)
        for answer, other in pairs:
            assert (answer.class_ids == other.class_ids).mean() >= 0.999
            difference = answer.confidence.astype(int) - other.confidence
            assert np.abs(difference).max() <= 1


@pytest.mark.parametrize('name', ENGINES_HERE)
def test_cpus_take_the_graph_for_one_camera(name: str) -> None:
    model = batched_folder()
    engine = create_engine(name, model, threads=1, cameras=BATCH)
    assert (model.batch, engine.batch) == (BATCH, 1)
    batch, single = Segmenter(engine), Segmenter(tiny_engine(name))
    for frames in list(rounds())[:2]:
        assert_same(batch.segment_batch(frames), single.segment_batch(frames))


@pytest.mark.parametrize('name', ENGINES_HERE)
def test_only_the_slots_that_were_named_are_written(name: str) -> None:
    engine = batched(name)
    images = np.random.default_rng(0).standard_normal((2, 3, 64, 128)).astype(np.float32)
    banks = [engine.new_bank() for _ in range(2)]
    none = np.zeros((2, TINY.slots), np.float32)
    engine.step(images, banks, none, none, [EMPTY, 2])
    written = [[bool(bank.read(slot).any()) for slot in range(TINY.slots)] for bank in banks]
    assert written == [[False, False, False], [False, False, True]]


def test_a_batch_takes_one_frame_per_camera() -> None:
    segmenter = Segmenter(tiny_engine())
    with pytest.raises(ValueError, match='one frame per camera'):
        segmenter.segment_batch([noise_frame(0), noise_frame(1, 0.1)])
    assert segmenter.segment_batch([]) == []


class SmallDevice:
    """The engine as it is, on a device that has memory for so many cameras at once."""

    def __init__(self, engine: Engine, room: int) -> None:
        self._engine, self.room = engine, room
        self.batches: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def step(self, images: Any, banks: Any, *rest: Any) -> Any:
        self.batches.append(len(banks))
        if len(banks) > self.room:
            raise OutOfDeviceMemoryError(f'no room for {len(banks)}')
        return self._engine.step(images, banks, *rest)


def test_a_device_that_runs_full_is_given_smaller_batches() -> None:
    device, lines = SmallDevice(batched('openvino'), room=1), []
    segmenter = Segmenter(device, report=lines.append)  # type: ignore[arg-type]
    healthy = Segmenter(batched('openvino'))
    for frames in rounds():
        assert_same(segmenter.segment_batch(frames), healthy.segment_batch(frames))
    assert device.batches[0] == BATCH
    assert set(device.batches[1:]) == {1}
    assert lines == ['no room for 3; going on with 1 instead of 3 at once']


def test_a_device_too_small_for_one_camera_is_an_error_and_forgets_nothing() -> None:
    device = SmallDevice(batched('openvino'), room=1)
    segmenter = Segmenter(device)  # type: ignore[arg-type]
    first, second, third = (noise_frame(n, 0.1 * n) for n in range(3))
    segmenter.segment(first)
    device.room = 0
    with pytest.raises(OutOfDeviceMemoryError, match='no room for 1'):
        segmenter.segment(second)
    device.room = 1
    healthy = Segmenter(batched('openvino'))
    healthy.segment(first)
    assert_same([segmenter.segment(third)], [healthy.segment(third)])


@pytest.mark.parametrize('name', ['torch', 'onnxruntime'])
def test_the_libraries_own_words_for_a_full_device_are_understood(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if obstacle := ENGINES[name].obstacle():
        pytest.skip(obstacle)
    engine = create_engine(name, without_single(), threads=1)

    def run(*_: object) -> None:
        raise error

    if name == 'torch':
        import torch

        error: Exception = torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2 GiB')
        monkeypatch.setattr(engine._steps, '_run', run)  # type: ignore[attr-defined]
    else:
        error = RuntimeError('BFCArena: Failed to allocate memory for requested buffer of size 8')
        monkeypatch.setattr(engine, '_run', run)
    none = np.zeros((1, TINY.slots), np.float32)
    image = np.zeros((1, 3, 64, 128), np.float32)
    with pytest.raises(OutOfDeviceMemoryError, match=r'too little memory for .* free some'):
        engine.step(image, [engine.new_bank()], none, none, [EMPTY])
    error = RuntimeError('something else')
    with pytest.raises(RuntimeError, match='something else'):
        engine.step(image, [engine.new_bank()], none, none, [EMPTY])
