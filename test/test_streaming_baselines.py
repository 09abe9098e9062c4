from __future__ import annotations

import argparse

import cv2
import numpy as np
import pytest
from tiny_model import TINY, noise_frame, tiny_engine, tiny_folder

from time2general_ros.cli.options.model import memory_mode
from time2general_ros.streaming.baselines import PartialMemory, SmoothedScores
from time2general_ros.streaming.frame import Frame, Segmentation
from time2general_ros.streaming.model_folder import ModelError, ModelFolder
from time2general_ros.streaming.preprocess import Preprocessor
from time2general_ros.streaming.segmenter import Segmenter

ALL = ('scene', 'queries', 'descriptor', 'texture', 'belief', 'decision')


def clip(count: int = 4, camera: str = '') -> list[Frame]:
    return [noise_frame(n, 0.1 * n, camera=camera) for n in range(count)]


def run(segmenter: Segmenter, frames: list[Frame]) -> list[Segmentation]:
    return [segmenter.segment(frame) for frame in frames]


def same(answers: list[Segmentation], others: list[Segmentation]) -> bool:
    pairs = zip(answers, others, strict=True)
    return all(np.array_equal(a.confidence, b.confidence) for a, b in pairs)


def evidence(frame: Frame) -> np.ndarray:
    """Give the scores of a frame alone, [h, w, classes]."""
    model = tiny_folder()
    ages = np.zeros((1, TINY.slots), np.float32)
    image = Preprocessor((TINY.height, TINY.width_px))(frame.image)
    bank = tiny_engine().new_bank()
    tiny_engine().step(image, [bank], ages, ages, [0])
    slot = bank.read(0)
    height, width = TINY.height // 4, TINY.width_px // 4
    return slot[model.slot_part('belief')].reshape(height, width, -1)[..., :-1].copy()


def test_all_parts_together_are_the_whole_memory() -> None:
    whole = run(Segmenter(tiny_engine()), clip())
    assert same(run(PartialMemory(tiny_engine(), ALL), clip()), whole)


@pytest.mark.parametrize('parts', [('queries',), ('belief',), ('scene', 'decision')])
def test_parts_remember_less_than_the_whole_and_more_than_nothing(parts: tuple[str, ...]) -> None:
    partial = run(PartialMemory(tiny_engine(), parts), clip())
    assert not same(partial, run(Segmenter(tiny_engine()), clip()))
    assert not same(partial, run(Segmenter(tiny_engine(), use_memory=False), clip()))


def test_smoothing_without_inertia_is_the_frame_alone() -> None:
    alone = run(Segmenter(tiny_engine(), use_memory=False), clip())
    smoothed = run(SmoothedScores(tiny_engine(), 0.0), clip())
    for a, b in zip(alone, smoothed, strict=True):
        assert (a.class_ids == b.class_ids).mean() >= 0.999
        assert np.abs(a.confidence.astype(int) - b.confidence).max() <= 1


def test_scores_are_smoothed_exponentially() -> None:
    segmenter, expected = SmoothedScores(tiny_engine(), 0.6), None
    for frame in clip():
        answer, now = segmenter.segment(frame), evidence(frame)
        expected = now if expected is None else 0.6 * expected + 0.4 * now
        cells = answer.confidence[:: frame.size[0], :: frame.size[1]]
        fine = cv2.resize(expected, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
        share = np.rint(fine[:2, :2].max(axis=2).mean() * 255)
        assert np.abs(cells.astype(float) - share).max() <= 1
        assert answer.class_ids[0, 0] == fine[0, 0].argmax()


def test_cameras_are_smoothed_apart_and_a_reset_starts_again() -> None:
    alone = run(SmoothedScores(tiny_engine(), 0.8), clip())
    shared = SmoothedScores(tiny_engine(), 0.8)
    left, right = clip(camera='left'), clip(camera='right')[::-1]
    answers = []
    for a, b in zip(left, right, strict=True):
        answers.append(shared.segment(a))
        shared.segment(b)
    assert same(answers, alone)
    shared.reset('left')
    assert same(run(shared, left[:1]), alone[:1])
    # The stamps go backwards here, which forgets too.
    assert same(run(shared, left), alone)
    assert shared.resets['backward_stamp'] > 0


def test_a_part_that_a_card_does_not_tell_of_is_named() -> None:
    model = tiny_folder()
    old = ModelFolder(model.path, {**model.card, 'memory': {'slots': 3, 'tokens': 9, 'width': 8}})
    with pytest.raises(ModelError, match=r"has no slot part 'belief'.*export the model again"):
        old.slot_part('belief')


@pytest.mark.parametrize('text', ['on', 'off', 'queries', 'map', 'ema', 'ema:0.5', 'ema:0'])
def test_ways_to_use_memory(text: str) -> None:
    assert memory_mode(text) == text


@pytest.mark.parametrize('text', ['', 'ema:1', 'ema:x', 'ema:-0.1', 'yes', 'ema:nan', 'emax'])
def test_other_ways_are_refused_by_name(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match='is not a way to use memory'):
        memory_mode(text)
