from __future__ import annotations

from collections.abc import Iterator
import tracemalloc

import numpy as np
import pytest
from tiny_model import tiny_engine

from time2general_ros.streaming.preprocess import Preprocessor
from time2general_ros.timing.camera import camera_messages
from time2general_ros.timing.frame_path import FramePath, RoundTimes
from time2general_ros.timing.long_run import LongRun, run_long


def test_last_tenth_is_compared_with_the_second() -> None:
    run = LongRun(10, [99, 10, *[7] * 7, 11], [9, 4, *[1] * 7, 5], [50, *[0] * 8, 53])
    assert run.wall_drift == pytest.approx(0.1)
    assert run.cpu_drift == pytest.approx(0.25)
    assert run.growth_mb == 3


def test_every_round_counts_in_its_tenth() -> None:
    steps = iter(range(30))

    def run() -> RoundTimes:
        return RoundTimes(0, next(steps), 0)

    result = run_long(run, 30)
    assert result.rounds == 30
    assert result.wall_ms == [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]
    assert len(result.memory_mb) == 10
    assert min(result.memory_mb) > 10


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def growth_of(run: object, rounds: int) -> int:
    """Return the bytes that are held more after many rounds than after a few."""
    assert callable(run)
    for _ in range(5):
        run()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(rounds):
        run()
    after, _ = tracemalloc.get_traced_memory()
    return after - before


@pytest.mark.usefixtures('traced')
def test_preparing_images_keeps_nothing() -> None:
    prepare = Preprocessor((64, 128))
    images = [np.zeros(shape, np.uint8) for shape in ((48, 80, 3), (256, 512, 3), (300, 200, 3))]
    assert growth_of(lambda: [prepare(image) for image in images], 100) < 20_000


@pytest.mark.usefixtures('traced')
def test_whole_path_keeps_nothing_of_its_frames() -> None:
    path = FramePath(tiny_engine(), camera_messages((48, 80)), 2)
    # A frame of each camera and their masks are 38 kB.
    assert growth_of(path.run, 100) < 30_000


def test_stages_add_up_to_the_whole() -> None:
    path = FramePath(tiny_engine(), camera_messages((48, 80), 'rgb8'), 2)
    times = [path.run() for _ in range(5)][-1]
    assert min(times) > 0
    assert times.total == sum(times)
    assert path.rounds == 5
