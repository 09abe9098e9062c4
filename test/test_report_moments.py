"""The worst moments of a recording, and the frames that are shown around them."""

from __future__ import annotations

import numpy as np

from time2general_ros.report.replay.moments import worst_moments
from time2general_ros.report.replay.rows import CameraRows


def rows_of(values, *, refused=(), video=None, width=None, rate_hz=10.0) -> CameraRows:
    count = len(values)
    zeros = np.zeros(count, np.int64)
    flicker = np.array(values, np.float64)
    return CameraRows(
        frame=np.arange(count),
        video=zeros if video is None else np.array(video),
        stamp_ns=zeros,
        offset_s=np.arange(count) / rate_hz,
        width=zeros if width is None else np.array(width),
        height=zeros,
        figures={'flow_flicker': flicker},
        answer_ms=flicker,
        refused=dict.fromkeys(refused, 'decode'),
        reset={},
    )


def places(rows: CameraRows, count: int = 9) -> list[int]:
    return [moment.place for moment in worst_moments(rows, 'flow_flicker', count)]


def test_neighbours_of_a_peak_are_the_same_event():
    values = np.ones(60)
    values[[20, 21, 22, 45]] = 9, 8, 7, 5
    rows = rows_of(values)
    assert places(rows, 2) == [20, 45]
    found = places(rows)
    assert all(abs(a - b) >= 10 for a in found for b in found if a != b)


def test_frames_without_change_are_no_moments():
    assert places(rows_of([0.0, np.nan, 0.0])) == []


def test_a_strip_passes_over_what_was_refused_as_the_figures_do():
    values = np.zeros(30)
    values[15] = 4.0
    rows = rows_of(values, refused=[*range(5, 14), 16, 17])
    (moment,) = worst_moments(rows, 'flow_flicker', 3)
    assert moment.strip(rows) == [4, 14, 15, 18]


def test_a_strip_ends_where_the_video_or_the_size_does():
    values = np.zeros(12)
    values[[5, 10]] = 4.0, 3.0
    rows = rows_of(values, video=[0] * 4 + [1] * 8, width=[1] * 11 + [2], rate_hz=1.0)
    first, second = worst_moments(rows, 'flow_flicker', 2)
    assert first.strip(rows) == [4, 5, 6]
    assert second.strip(rows) == [8, 9, 10]
