"""Counters, latencies and the report made of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from time2general_ros.ros.latency_window import LatencyWindow
from time2general_ros.ros.report import ReportError, write_report
from time2general_ros.ros.stream_statistics import Drop, StreamStatistics


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
    write_report(path, {'engine': 'openvino'}, {'/image_raw': StreamStatistics().snapshot()})
    report = json.loads(path.read_text())
    assert report['parameters']['engine'] == 'openvino'
    assert report['cameras']['/image_raw']['frames_in'] == 0
    assert [file.name for file in tmp_path.iterdir()] == ['report.json']


def test_unwritable_report_names_the_file_and_the_remedy(tmp_path):
    with pytest.raises(ReportError, match=r'missing/report\.json.*report_path'):
        write_report(tmp_path / 'missing' / 'report.json', {}, {})
