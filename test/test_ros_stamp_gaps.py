from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from time2general_ros.ros.statistics.stamp_gaps import StampGaps

S = 1_000_000_000
START_NS = 1_760_000_000 * S


def share(stamps_s: npt.NDArray[np.floating], speed: float = 1.0) -> float:
    """Give what is missing when images of these stamps arrive as they are sent."""
    gaps = StampGaps()
    now_ns = 0
    for stamp_s in stamps_s:
        now_ns = round(float(stamp_s) / speed * S)
        gaps.add(now_ns, START_NS + round(float(stamp_s) * S))
    return gaps.missing_share(now_ns)


def camera(rate_hz: float, seconds: float = 5.0) -> npt.NDArray[np.floating]:
    return np.arange(0.0, seconds, 1.0 / rate_hz)


@pytest.mark.parametrize('rate_hz', [5.0, 10.0, 29.97, 30.0, 60.0])
def test_of_a_steady_camera_nothing_is_missing(rate_hz: float) -> None:
    assert share(camera(rate_hz)) == 0.0
    assert share(np.round(camera(rate_hz), 3)) == 0.0


@pytest.mark.parametrize('jitter', [0.0, 0.03, 0.06])
@pytest.mark.parametrize('kept', [0.067, 0.2, 0.5, 0.8])
@pytest.mark.parametrize('seed', range(3))
def test_what_is_lost_at_random_is_told(kept: float, jitter: float, seed: int) -> None:
    """At a fifteenth of 30 Hz hardly two images in a row arrive."""
    rng = np.random.default_rng(seed)
    stamps = camera(30.0)
    stamps = stamps + rng.normal(0.0, jitter / 30.0 / 3.0, len(stamps))
    arrive = rng.choice(len(stamps), round(kept * len(stamps)), replace=False)
    arrived = stamps[np.sort(arrive)]
    sent = (arrived[-1] - arrived[0]) * 30.0
    assert share(arrived) == pytest.approx(1.0 - (len(arrived) - 1) / sent, abs=0.02)


@pytest.mark.parametrize('speed', [0.25, 1.0, 3.0])
def test_the_speed_of_a_replay_does_not_matter(speed: float) -> None:
    stamps = camera(30.0, 5.0 * speed)
    assert share(stamps, speed) == 0.0
    assert share(stamps[np.arange(len(stamps)) % 7 != 3], speed) == pytest.approx(1 / 7, abs=0.02)


def test_a_camera_that_sends_every_third_of_its_images_loses_none() -> None:
    assert share(camera(30.0)[::3]) == 0.0


def test_a_pause_is_no_loss() -> None:
    stamps = camera(30.0)
    assert share(stamps[(stamps < 2.0) | (stamps > 3.5)]) == 0.0


def test_a_camera_whose_exposure_doubles_its_intervals_in_turns_is_not_followed() -> None:
    intervals = np.tile([0.033, 0.050], 40)
    assert share(np.cumsum(intervals)) == 0.0


@pytest.mark.parametrize('seed', range(20))
def test_stamps_without_a_period_say_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert share(np.cumsum(rng.exponential(0.1, 50))) == 0.0


def test_too_few_images_say_nothing() -> None:
    assert share(np.array([])) == 0.0
    assert share(np.array([1.0])) == 0.0
    assert share(camera(30.0)[[0, 3, 9, 20, 40]]) == 0.0


def test_stamps_that_stand_still_or_go_back_are_no_gaps() -> None:
    assert share(np.zeros(100)) == 0.0
    gaps = StampGaps()
    for turn in range(3):
        for index, stamp_s in enumerate(camera(30.0, 1.5)):
            gaps.add(round((1.5 * turn + index / 30.0) * S), START_NS + round(stamp_s * S))
    assert gaps.missing_share(round(4.5 * S)) == 0.0


def test_what_was_lost_long_ago_is_forgotten() -> None:
    stamps = camera(30.0, 20.0)
    lossy = stamps[(stamps > 10.0) | (np.arange(len(stamps)) % 5 != 0)]
    assert share(lossy) == 0.0
