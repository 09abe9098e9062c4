from __future__ import annotations

import math

import numpy as np
import pytest

from time2general_ros.streaming.clip_memory import ClipMemory
from time2general_ros.streaming.engines.slot_bank import HostBank
from time2general_ros.streaming.frame import Frame

MS, S = 1_000_000, 1_000_000_000
# The time of a real clock: float64 seconds would no longer tell nanoseconds apart.
NOW = 1_763_800_000 * S
SLOT = (2, 3)


def new_memory(max_gap_s: float = 1.0) -> ClipMemory:
    return ClipMemory(HostBank(3, SLOT), 3, max_gap_s)


@pytest.fixture
def memory() -> ClipMemory:
    return new_memory()


def frame(after_ns: int, size: tuple[int, int] = (4, 6), frame_id: str = 'camera') -> Frame:
    return Frame(np.zeros((*size, 3), np.uint8), NOW + after_ns, frame_id)


def remember(memory: ClipMemory, after_ns: int, value: float) -> str | None:
    """Take a frame that leaves a slot of one value behind."""
    cause = memory.admit(frame(after_ns))
    leave(memory, NOW + after_ns, value)
    return cause


def leave(memory: ClipMemory, stamp_ns: int, value: float) -> None:
    """Write a slot of one value, as an engine does."""
    memory.bank.write(memory.place(stamp_ns), np.full(SLOT, value, np.float32))
    memory.wrote(stamp_ns)


def recall(memory: ClipMemory, after_ns: int) -> dict[float, float]:
    """Give the readable slots: value to age in seconds."""
    age_s, valid = memory.ages(NOW + after_ns)
    assert age_s.dtype == valid.dtype == np.float32
    assert age_s.shape == valid.shape == (3,)
    assert set(np.unique(valid)) <= {0, 1}
    assert np.all(age_s[valid == 0] == 0)
    return {
        float(memory.bank.read(index)[0, 0]): pytest.approx(age_s[index], abs=1e-7)
        for index in np.flatnonzero(valid)
    }


def test_starts_empty(memory: ClipMemory) -> None:
    assert memory.admit(frame(0)) is None
    assert recall(memory, 0) == {}
    assert memory.depth == 0


def test_ages_are_seconds_between_stamps(memory: ClipMemory) -> None:
    remember(memory, 0, 1)
    remember(memory, 100 * MS, 2)
    remember(memory, 233_333_333, 3)
    assert memory.depth == 3
    assert recall(memory, 300 * MS) == {1: 0.3, 2: 0.2, 3: 0.066666667}


def test_the_oldest_slot_is_overwritten(memory: ClipMemory) -> None:
    for index in range(8):
        assert memory.depth == min(index, 3)
        kept = range(max(0, index - 3), index)
        assert recall(memory, index * 100 * MS) == {n: (index - n) / 10 for n in kept}
        remember(memory, index * 100 * MS, index)


def test_a_frame_that_was_not_written_is_not_remembered(memory: ClipMemory) -> None:
    remember(memory, 0, 1)
    memory.admit(frame(100 * MS))
    assert memory.place(NOW + 100 * MS) == 1
    memory.admit(frame(200 * MS))
    assert memory.place(NOW + 200 * MS) == 1
    assert recall(memory, 200 * MS) == {1: 0.2}


def test_frame_sent_again_does_not_read_itself_nor_takes_a_second_slot(memory: ClipMemory) -> None:
    remember(memory, 0, 1)
    remember(memory, 100 * MS, 2)
    assert memory.admit(frame(100 * MS)) is None
    assert recall(memory, 100 * MS) == {1: 0.1}
    leave(memory, NOW + 100 * MS, 20)
    assert memory.depth == 2
    assert recall(memory, 200 * MS) == {1: 0.2, 20: 0.1}
    remember(memory, 200 * MS, 3)
    assert recall(memory, 300 * MS) == {1: 0.3, 20: 0.2, 3: 0.1}
    remember(memory, 300 * MS, 4)
    assert recall(memory, 400 * MS) == {20: 0.3, 3: 0.2, 4: 0.1}


@pytest.mark.parametrize(
    ('then', 'cause'),
    [
        (frame(200 * MS - 1), 'backward_stamp'),
        (frame(-3600 * S), 'backward_stamp'),
        (frame(1200 * MS + 1), 'gap'),
        (frame(300 * MS, size=(6, 4)), 'resolution'),
        (frame(300 * MS, size=(4, 7)), 'resolution'),
        (frame(300 * MS, frame_id='other'), 'frame_id'),
        (frame(300 * MS, frame_id=''), 'frame_id'),
    ],
)
def test_what_breaks_a_clip_empties_memory(memory: ClipMemory, then: Frame, cause: str) -> None:
    for index in range(3):
        assert remember(memory, index * 100 * MS, index) is None
    assert memory.admit(then) == cause
    assert memory.depth == 0
    assert not memory.ages(then.stamp_ns)[1].any()
    # The next frames go on from this one.
    leave(memory, then.stamp_ns, 9)
    after = Frame(then.image, then.stamp_ns + 100 * MS, then.frame_id)
    assert memory.admit(after) is None
    assert recall(memory, after.stamp_ns - NOW) == {9: 0.1}


@pytest.mark.parametrize('max_gap_s', [0.1, 0.3, 1.0, 2.5])
def test_gap_exactly_at_the_limit_is_kept(max_gap_s: float) -> None:
    limit = round(max_gap_s * 10) * 100 * MS
    for more, cause in ((0, None), (1, 'gap')):
        memory = new_memory(max_gap_s)
        remember(memory, 0, 1)
        assert memory.admit(frame(limit + more)) == cause


def test_no_gap_is_too_long_for_an_infinite_limit() -> None:
    memory = new_memory(math.inf)
    remember(memory, 0, 1)
    assert remember(memory, 10**9 * S, 2) is None
    assert memory.depth == 2


def test_gap_is_between_frames_not_the_age_of_slots(memory: ClipMemory) -> None:
    remember(memory, 0, 1)
    remember(memory, 900 * MS, 2)
    assert remember(memory, 1800 * MS, 3) is None
    assert recall(memory, 1900 * MS) == {1: 1.9, 2: 1.0, 3: 0.1}


def test_cleared_memory_compares_with_nothing(memory: ClipMemory) -> None:
    remember(memory, 5 * S, 1)
    memory.clear()
    assert memory.depth == 0
    assert memory.admit(frame(0, size=(9, 9), frame_id='other')) is None
