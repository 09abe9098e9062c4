"""Counters, latencies and the report made of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
import json

import numpy as np
import pytest

from time2general_ros.ros.diagnostics.report import ReportError, write_report
from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.statistics.latency_window import LatencyWindow
from time2general_ros.ros.statistics.stream_statistics import (
    FAULTS,
    Drop,
    StreamState,
    StreamStatistics,
)
from time2general_ros.streaming.frame import Segmentation, StageTimes


def test_counts_add_up_by_cause():
    statistics = StreamStatistics()
    for _ in range(6):
        statistics.received()
    statistics.published(1_000_000, 3_000_000)
    statistics.published(2_000_000, 1_003_000_000)
    statistics.dropped(Drop.SUPERSEDED)
    statistics.dropped(Drop.STALE)
    statistics.bad_message('encoding')
    statistics.bad_message('encoding')
    statistics.reset('gap')
    snapshot = statistics.snapshot()
    assert snapshot['frames_in'] == snapshot['frames_out'] + sum(snapshot['dropped'].values())
    assert snapshot['dropped'] == {
        'superseded': 1,
        'stale': 1,
        'bad_message': 2,
        'failed': 0,
        'shutdown': 0,
        'no_subscriber': 0,
        'disabled': 0,
        'engine_building': 0,
        'inactive': 0,
    }
    assert snapshot['bad_messages'] == {'encoding': 2}
    assert snapshot['resets'] == {'gap': 1}
    assert snapshot['fps'] == 1.0
    assert snapshot['latency_ms'] is not None
    assert snapshot['latency_ms']['max'] == 1001.0


def test_nothing_happened_yet():
    snapshot = StreamStatistics().snapshot()
    assert snapshot['frames_in'] == 0
    assert snapshot['latency_ms'] is None
    assert snapshot['fps'] == 0.0


def test_percentiles_are_exact():
    samples = np.random.default_rng(3).gamma(2.0, 5.0, 600)
    window = LatencyWindow()
    for sample in samples:
        window.add(sample)
    found = window.percentiles()
    assert found is not None
    for name, rank in (('p50', 50), ('p95', 95), ('p99', 99), ('max', 100)):
        assert found[name] == pytest.approx(np.percentile(samples, rank), abs=2e-3)  # type: ignore[literal-required]


def test_a_full_window_forgets_the_oldest():
    window = LatencyWindow(capacity=4)
    for sample in (1000.0, 1.0, 2.0, 3.0, 4.0):
        window.add(sample)
    found = window.percentiles()
    assert found is not None
    assert found['max'] == 4.0


def test_report_is_written_whole(tmp_path):
    path = tmp_path / 'report.json'
    cameras = {'/image_raw': StreamStatistics().snapshot()}
    write_report(path, {'engine': 'auto'}, EngineState('openvino', 'ready'), cameras)
    report = json.loads(path.read_text())
    assert report['parameters']['engine'] == 'auto'
    assert report['engine']['name'] == 'openvino'
    assert report['engine']['state'] == 'ready'
    assert report['cameras']['/image_raw']['frames_in'] == 0
    assert [file.name for file in tmp_path.iterdir()] == ['report.json']


def test_unwritable_report_names_the_file_and_the_remedy(tmp_path):
    with pytest.raises(ReportError, match=r'missing/report\.json.*report_path'):
        write_report(tmp_path / 'missing' / 'report.json', {}, EngineState(), {})


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 10**9

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


def segmentation(memory_depth: int = 0, memory_age_s: float = 0.0, **times: float) -> Segmentation:
    ids = np.zeros((2, 2), np.uint8)
    return Segmentation(
        ids, ids, memory_depth, times=StageTimes(**times), memory_age_s=memory_age_s
    )


def test_every_frame_is_accounted_for_at_any_moment():
    rng = np.random.default_rng(0)
    clock = Clock()
    statistics = StreamStatistics(clock)
    waiting = 0
    for _ in range(500):
        clock.advance(0.01)
        if waiting and rng.random() < 0.5:
            waiting -= 1
            outcome = rng.integers(len(Drop) + 2)
            if outcome < len(Drop):
                statistics.dropped([*Drop][outcome])
            elif outcome == len(Drop):
                statistics.bad_message('encoding')
            else:
                statistics.published(clock.now_ns, clock.now_ns)
        else:
            statistics.received()
            waiting += 1
        found = statistics.snapshot()
        assert found['in_flight'] == waiting
        answered = found['frames_out'] + sum(found['dropped'].values())
        assert found['frames_in'] == answered + found['in_flight']
    json.dumps(found)


def test_rates_are_of_the_last_seconds_while_fps_is_of_all():
    clock = Clock()
    statistics = StreamStatistics(clock)
    for period_s, out_of in ((0.1, 1), (0.05, 2)):
        for n in range(200):
            clock.advance(period_s)
            statistics.received()
            if n % out_of:
                statistics.dropped(Drop.SUPERSEDED)
            else:
                statistics.published(clock.now_ns, clock.now_ns)
    found = statistics.snapshot()
    assert found['rate_in_hz'] == pytest.approx(20.0, rel=0.02)
    assert found['rate_out_hz'] == pytest.approx(10.0, rel=0.02)
    assert found['fps'] == pytest.approx(10.0, rel=0.02)
    assert found['drop_share'] == pytest.approx(0.5, abs=0.02)
    assert found['recent_drops']['superseded'] == pytest.approx(50, abs=1)
    assert found['dropped']['superseded'] == 100


def test_frames_left_out_on_purpose_are_no_fault():
    clock = Clock()
    statistics = StreamStatistics(clock)
    for cause in set(Drop) - set(FAULTS):
        statistics.received()
        statistics.dropped(cause)
    assert statistics.snapshot()['drop_share'] == 0.0
    statistics.received()
    statistics.bad_message('encoding')
    found = statistics.snapshot()
    assert found['drop_share'] == pytest.approx(1 / found['frames_in'], abs=1e-4)
    assert found['recent_drops'] == {'superseded': 0, 'stale': 0, 'bad_message': 1, 'failed': 0}


def test_silence_begins_with_the_last_image_or_the_last_change_of_state():
    clock = Clock()
    statistics = StreamStatistics(clock)
    clock.advance(3.0)
    assert statistics.snapshot()['silent_s'] == 3.0
    statistics.received()
    clock.advance(1.0)
    assert statistics.snapshot()['silent_s'] == 1.0
    statistics.set_state(StreamState.DISABLED)
    clock.advance(60.0)
    statistics.set_state(StreamState.ACTIVE)
    clock.advance(2.0)
    statistics.set_state(StreamState.ACTIVE)
    found = statistics.snapshot()
    assert (found['state'], found['silent_s']) == ('active', 2.0)


def test_latencies_are_of_all_frames_and_of_the_last_seconds():
    clock = Clock()
    statistics = StreamStatistics(clock)
    for latency_ms in (900.0, 40.0, 20.0):
        clock.advance(4.0)
        ended_ns = clock.now_ns
        statistics.published(
            ended_ns - round(latency_ms * 1e6),
            ended_ns,
            publish_ms=2.0,
            stamp_latency_ms=latency_ms + 5.0,
        )
    found = statistics.snapshot()
    assert (found['latency_ms'] or {})['max'] == 900.0
    assert (found['stamp_latency_ms'] or {})['max'] == 905.0
    assert (found['recent_latency_ms'] or {})['max'] == 40.0
    assert (found['recent_stamp_latency_ms'] or {})['p50'] == 35.0
    assert (found['stages_ms']['publish'] or {})['p50'] == 2.0


def test_without_a_stamp_of_the_same_clock_there_is_no_latency_from_it():
    statistics = StreamStatistics()
    statistics.published(0, 10)
    found = statistics.snapshot()
    assert found['stamp_latency_ms'] is None
    assert found['recent_stamp_latency_ms'] is None
    assert found['latency_ms'] is not None


def test_answers_leave_their_stage_times_memory_and_flicker():
    clock = Clock()
    statistics = StreamStatistics(clock)
    for step_ms in (10.0, 20.0, 30.0):
        clock.advance(0.1)
        times = {'preprocess_ms': 1.0, 'step_ms': step_ms, 'postprocess_ms': 3.0}
        statistics.answered(segmentation(2, 0.4, **times))
        statistics.flickered(step_ms / 1000)
    found = statistics.snapshot()
    assert (found['stages_ms']['step'] or {})['p50'] == 20.0
    assert (found['stages_ms']['preprocess'] or {})['p99'] == 1.0
    assert (found['stages_ms']['postprocess'] or {})['max'] == 3.0
    assert (found['memory_depth'], found['memory_age_s']) == (2, 0.4)
    assert found['flicker'] == pytest.approx(0.02)
    clock.advance(10.0)
    assert statistics.snapshot()['flicker'] is None


def test_the_share_of_images_that_are_nearly_black_is_of_the_last_seconds():
    clock = Clock()
    statistics = StreamStatistics(clock)
    assert statistics.snapshot()['dark_share'] == 0.0
    for is_dark in (True, True, True, False):
        statistics.looked(is_dark)
    assert statistics.snapshot()['dark_share'] == 0.75
    clock.advance(10.0)
    statistics.looked(False)
    assert statistics.snapshot()['dark_share'] == 0.0


def test_any_thread_may_count():
    statistics = StreamStatistics()

    def count(_index: int) -> None:
        for _ in range(300):
            statistics.received()
            statistics.dropped(Drop.STALE)
            statistics.snapshot()['in_flight']

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    found = statistics.snapshot()
    assert (found['frames_in'], found['dropped']['stale'], found['in_flight']) == (1200, 1200, 0)
