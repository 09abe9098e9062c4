"""A memory that was exported goes on elsewhere as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from tiny_model import noise_frame, tiny_engine

from time2general_ros.streaming.baselines import PartialMemory, SmoothedScores
from time2general_ros.streaming.segmenter import Segmenter

MAKERS: list[Callable[[], Segmenter]] = [
    lambda: Segmenter(tiny_engine()),
    lambda: Segmenter(tiny_engine(), use_memory=False),
    lambda: PartialMemory(tiny_engine(), ['belief']),
    lambda: SmoothedScores(tiny_engine(), 0.7),
]


@pytest.mark.parametrize('make', MAKERS)
@pytest.mark.parametrize('cut', [0, 1, 3, 7])
def test_the_answers_after_a_cut_are_those_of_an_unbroken_run(
    make: Callable[[], Segmenter], cut: int
) -> None:
    frames = [noise_frame(n, 0.1 * n) for n in range(10)]
    whole = make()
    expected = [whole.segment(frame) for frame in frames]
    first, second = make(), make()
    for frame in frames[:cut]:
        first.segment(frame)
    file = BytesIO()
    np.savez(file, **first.export(''))
    file.seek(0)
    with np.load(file, allow_pickle=False) as state:
        second.restore('', state)
    for frame, right in zip(frames[cut:], expected[cut:], strict=True):
        answer = second.segment(frame)
        np.testing.assert_array_equal(answer.class_ids, right.class_ids)
        np.testing.assert_array_equal(answer.confidence, right.confidence)
        assert (answer.memory_depth, answer.memory_age_s) == (
            right.memory_depth,
            right.memory_age_s,
        )


def test_the_rules_of_a_reset_go_on_too() -> None:
    first, second = (Segmenter(tiny_engine()) for _ in range(2))
    first.segment(noise_frame(0, 10.0))
    second.restore('', first.export(''))
    assert second.segment(noise_frame(1, 9.0)).resets == ('backward_stamp',)
