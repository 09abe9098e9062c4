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
    beside = [9.0, 1.0, *[7.0] * 7, 1.25]
    run = LongRun(10, [99, 10, *[7] * 7, 11], [9] * 10, beside, [50, *[0] * 8, 53])
    assert run.drift == pytest.approx(0.25)
    assert run.wall_drift == pytest.approx(0.1)
    assert run.growth_mb == 3


class Machine:
    """Runs at full speed, then at a third of it."""

    def __init__(self, slow_after: int) -> None:
        self.rounds = 0
        self._slow_after = slow_after

    @property
    def slowness(self) -> float:
        return 1.0 if self.rounds < self._slow_after else 3.0


class StandInStream:
    """
    A round takes 10 ms as soon as there is memory to read.

    :param growth: By so much more in every round.
    """

    def __init__(self, machine: Machine, growth: float = 0.0) -> None:
        self._machine = machine
        self._growth = growth
        self._age = self._rounds = 0

    def begin(self) -> None:
        self._age = 0

    def run(self) -> RoundTimes:
        self._machine.rounds += 1
        self._age += 1
        self._rounds += 1
        step = 10 + self._growth * (self._rounds - 1) if self._age > 5 else 1
        return RoundTimes(0, step * self._machine.slowness, 0)


def used(stream: StandInStream) -> StandInStream:
    for _ in range(5):
        stream.run()
    return stream


def test_every_round_counts_in_its_tenth() -> None:
    machine = Machine(10**6)
    stream = used(StandInStream(machine, growth=1.0))
    result = run_long(stream, StandInStream(machine), 30)
    assert result.rounds == 30
    assert result.wall_ms == [16 + 3 * tenth for tenth in range(10)]
    assert result.beside == [wall / 10 for wall in result.wall_ms]
    assert len(result.memory_mb) == 10
    assert min(result.memory_mb) > 10


def test_a_machine_that_slows_down_does_not_pass_for_a_stream_that_does() -> None:
    machine = Machine(500)
    result = run_long(used(StandInStream(machine)), StandInStream(machine), 500)
    assert result.wall_drift == pytest.approx(2.0)
    assert result.beside == [1.0] * 10


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def growth_of(run: object, rounds: int) -> int:
    """Return the bytes that are held more after twice so many rounds than after as many."""
    assert callable(run)
    # Engines make 40 kB of small objects within the first hundred, and none later.
    for _ in range(rounds):
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
