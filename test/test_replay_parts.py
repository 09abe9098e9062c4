from __future__ import annotations

import numpy as np
import pytest

from time2general_ros.replay.runs.parts import BEGINNING, Parts, Progress, write_progress
from time2general_ros.replay.segmenting import grouped
from time2general_ros.replay.sources.source import Copied, Picture
from time2general_ros.replay.sources.window import Window


def picture(topic: str, message: int) -> Picture:
    return Picture(topic, message, message, message, None)


def names(groups):
    return [(''.join(item.topic for item in items), ends) for items, ends in groups]


def test_a_step_takes_one_image_of_each_camera_and_no_more_than_the_batch():
    items = [picture(topic, n) for n, topic in enumerate('ababbacab')]
    assert names(grouped(items, 3, None)) == [
        ('ab', False),
        ('ab', False),
        ('bac', False),
        ('ab', False),
    ]
    assert [group for group, _ in names(grouped(items, 1, None))] == list('ababbacab')


def test_copies_keep_their_place_and_parts_end_after_an_image():
    items = [
        picture('a', 0),
        Copied('x', None),
        picture('b', 1),
        picture('a', 2),
        Copied('y', None),
    ]
    assert names(grouped(items, 2, 2)) == [('axb', True), ('ay', False)]
    assert names(grouped(items, 2, 3)) == [('axb', False), ('a', True), ('y', False)]


def fail(parts):
    with parts.next() as folder:
        (folder / 'masks.mcap').touch()
        raise RuntimeError


def test_a_run_goes_on_after_its_last_whole_part(tmp_path):
    parts = Parts(tmp_path)
    with parts.locked():
        assert parts.last() == (BEGINNING, {})
        for number in range(4):
            with parts.next() as folder:
                progress = Progress(0, number, number, (None,), {'0|/a': {'decode': 'x'}}, 0.5, 1)
                write_progress(folder, progress, {'/a|on': {'slots': np.full(3, number)}})
        with pytest.raises(RuntimeError):
            fail(parts)
        found, states = Parts(tmp_path).last()
        assert found == progress
        assert states['/a|on']['slots'].tolist() == [3, 3, 3]
        # Old states are of no use any more.
        assert [(folder / 'state.npz').exists() for folder in parts] == [False, False, True, True]


def test_a_last_part_that_cannot_be_read_is_done_again(tmp_path):
    parts = Parts(tmp_path)
    with parts.locked():
        for number in range(3):
            with parts.next() as folder:
                write_progress(folder, Progress(0, number, number, (), {}, 0.0, 1), {})
        (tmp_path / '.replay' / 'parts' / '000002' / 'state.npz').write_bytes(b'PK')
        found, _ = Parts(tmp_path).last()
        assert found.pictures == 1
        assert len(list(parts)) == 2


def test_times_are_from_the_beginning_or_since_1970():
    first_ns = 1_700_000_000 * 10**9
    window = Window(start=2.0, end=1_700_000_003.0)
    assert [s for s in range(6) if window.holds(first_ns + s * 10**9, first_ns)] == [2]
    assert Window().holds(first_ns, first_ns)
