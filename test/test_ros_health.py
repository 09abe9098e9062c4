from __future__ import annotations

from dataclasses import replace

import pytest

from time2general_ros.ros.diagnostics.health import Finding, Level, judge_camera, judge_engine
from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.parameters.thresholds import Thresholds
from time2general_ros.ros.statistics.latency_window import Latency
from time2general_ros.ros.statistics.stream_statistics import (
    Snapshot,
    StreamState,
    StreamStatistics,
)

READY = EngineState('openvino', 'ready')
BOUNDS = Thresholds(
    warn_rate_hz=10.0,
    warn_latency_ms=100.0,
    error_latency_ms=500.0,
    warn_drop_share=0.2,
    error_silent_s=5.0,
    warn_flicker=0.05,
)
NO_BOUNDS = Thresholds(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def times(p95: float) -> Latency:
    return Latency(p50=p95 / 2, p95=p95, p99=p95 * 2, max=p95 * 3)


def healthy() -> Snapshot:
    """A camera at the very edge of every bound."""
    snapshot = StreamStatistics().snapshot()
    snapshot.update(
        frames_in=1000,
        frames_out=800,
        rate_in_hz=12.5,
        rate_out_hz=10.0,
        drop_share=0.2,
        recent_drops={'superseded': 10, 'stale': 0, 'bad_message': 3, 'failed': 0},
        silent_s=5.0,
        recent_latency_ms=times(60.0),
        recent_stamp_latency_ms=times(100.0),
        flicker=0.05,
        dark_share=0.5,
    )
    return snapshot


def judge(
    thresholds: Thresholds = BOUNDS, engine: EngineState = READY, **facts: object
) -> Finding:
    snapshot = healthy()
    snapshot.update(facts)  # type: ignore[typeddict-item]
    return judge_camera(snapshot, thresholds, engine)


def test_a_camera_at_every_bound_is_well() -> None:
    assert judge() == (Level.OK, '12.5 Hz in, 10.0 Hz out')


@pytest.mark.parametrize(
    ('facts', 'level', 'words'),
    [
        ({'rate_out_hz': 9.9}, Level.WARN, ['9.9 Hz', 'warn_rate_hz is 10', 'dropped']),
        ({'rate_out_hz': 9.9, 'rate_in_hz': 9.9}, Level.WARN, ['check the camera']),
        # Two images make a rate; so does some time without them.
        (
            {'frames_in': 1, 'rate_out_hz': 0.0, 'rate_in_hz': 0.0, 'silent_s': 4.9},
            Level.OK,
            [],
        ),
        (
            {'frames_in': 0, 'rate_out_hz': 0.0, 'rate_in_hz': 0.0, 'silent_s': 5.0},
            Level.WARN,
            ['check the camera', '0.0 Hz'],
        ),
        (
            {'recent_stamp_latency_ms': times(101.0)},
            Level.WARN,
            ['101 ms', 'header stamp', 'warn_latency_ms is 100', '60 ms of it since receive'],
        ),
        (
            {'recent_stamp_latency_ms': times(501.0), 'recent_latency_ms': times(501.0)},
            Level.ERROR,
            ['501 ms', 'error_latency_ms is 500', 'faster engine'],
        ),
        (
            {'recent_stamp_latency_ms': None, 'recent_latency_ms': times(101.0)},
            Level.WARN,
            ['101 ms', 'receive', 'faster engine'],
        ),
        ({'drop_share': 0.21}, Level.WARN, ['21%', 'warn_drop_share is 0.2', 'superseded']),
        (
            {
                'drop_share': 0.3,
                'recent_drops': {'superseded': 1, 'stale': 0, 'bad_message': 2, 'failed': 0},
                'bad_messages': {'encoding': 2},
            },
            Level.WARN,
            ['bad_message (encoding)', 'log'],
        ),
        ({'silent_s': 5.1}, Level.ERROR, ['5.1 s', 'error_silent_s is 5', 'QoS']),
        ({'dark_share': 0.51}, Level.WARN, ['51%', 'nearly black', 'image_bits', 'exposure']),
        (
            {'missing_share': 0.9333, 'rate_in_hz': 2.0},
            Level.WARN,
            ['net.core.rmem_max', 'cyclonedds.xml', '93%', '2.0 of 30.0 Hz', 'share is 0.2'],
        ),
        ({'missing_share': 1.0, 'rate_in_hz': 0.0}, Level.WARN, ['100%', '0.0 of 0.0 Hz']),
        ({'flicker': 0.051}, Level.WARN, ['5.1%', 'warn_flicker is 0.05', 'memory']),
    ],
)
def test_a_bound_that_is_crossed_is_named_with_the_value_and_the_remedy(
    facts: dict[str, object], level: Level, words: list[str]
) -> None:
    finding = judge(**facts)
    assert finding.level is level
    for word in words:
        assert word in finding.text


@pytest.mark.parametrize(
    'facts',
    [
        {'rate_out_hz': 0.0},
        {'recent_stamp_latency_ms': times(1e6)},
        {'drop_share': 1.0},
        {'missing_share': 1.0},
        {'silent_s': 1e6},
        {'flicker': 1.0},
    ],
)
def test_a_bound_of_zero_never_warns(facts: dict[str, object]) -> None:
    assert judge(NO_BOUNDS, **facts).level is Level.OK


def test_the_engine_is_not_blamed_for_what_is_lost_on_its_way() -> None:
    superseded = {'superseded': 10, 'stale': 0, 'bad_message': 0, 'failed': 0}
    finding = judge(drop_share=0.5, recent_drops=superseded, missing_share=0.9)
    assert finding.level is Level.WARN
    assert 'lost on their way' in finding.text
    assert 'engine' not in finding.text
    assert 'engine' in judge(drop_share=0.5, recent_drops=superseded, missing_share=0.1).text


# What `ros2 topic echo` shows of a text.
SHOWN = 128


@pytest.mark.parametrize(
    ('facts', 'remedy'),
    [
        ({'silent_s': 5.1}, 'check the camera'),
        ({'missing_share': 0.9}, 'send compressed images'),
        ({'rate_out_hz': 9.9}, 'see why images are dropped'),
        ({'rate_out_hz': 9.9, 'rate_in_hz': 9.9}, 'check the camera and the network'),
        ({'recent_stamp_latency_ms': times(101.0)}, 'check the driver'),
        ({'recent_latency_ms': times(1e3), 'recent_stamp_latency_ms': None}, 'faster engine'),
        ({'drop_share': 0.21}, 'use a faster engine'),
        ({'flicker': 0.051}, 'memory is reset'),
    ],
)
def test_the_remedy_is_not_cut_off(facts: dict[str, object], remedy: str) -> None:
    text = judge(**facts).text
    assert remedy in text[:SHOWN]
    assert text.index(remedy) < text.index('diagnostics.')


def test_the_remedy_of_an_engine_that_failed_is_not_cut_off() -> None:
    detail = f'the engine does not start: {"x" * 200}; install it'
    text = judge_engine(replace(READY, state='failed', detail=detail)).text
    assert text == f'install it: the engine does not start: {"x" * 200}'
    several = 'it needs a module; here work: auto, openvino; torch: it needs a module'
    text = judge_engine(replace(READY, state='failed', detail=several)).text
    assert text.startswith('here work: auto, openvino')
    failed = EngineState('openvino', 'failed', 'it broke')
    assert judge_engine(failed).text == 'it broke'
    assert judge_camera(healthy(), BOUNDS, failed).text.startswith('see the status of the engine')


def test_the_worst_is_told_first() -> None:
    finding = judge(silent_s=9.0, rate_out_hz=1.0)
    assert finding.level is Level.ERROR
    assert finding.text.index('no image for 9.0 s') < finding.text.index('masks leave at 1.0 Hz')


def test_unknown_figures_are_no_fault() -> None:
    facts = {'recent_stamp_latency_ms': None, 'recent_latency_ms': None, 'flicker': None}
    assert judge(**facts).level is Level.OK


def test_a_camera_without_an_image_yet_is_waited_for() -> None:
    snapshot = StreamStatistics().snapshot()
    finding = judge_camera(snapshot, BOUNDS, READY)
    assert finding == (Level.OK, 'waiting for the first image')


@pytest.mark.parametrize('state', [s.value for s in StreamState if s is not StreamState.ACTIVE])
def test_who_is_idle_on_purpose_is_well(state: str) -> None:
    finding = judge(state=state, silent_s=100.0, rate_out_hz=0.0)
    assert finding.level is Level.OK
    assert 'Hz' not in finding.text


@pytest.mark.parametrize(
    ('state', 'level'),
    [
        ('unloaded', Level.OK),
        ('building', Level.WARN),
        ('ready', Level.OK),
        ('failed', Level.ERROR),
        ('finalized', Level.OK),
    ],
)
def test_the_engine_is_judged_by_its_state(state: str, level: Level) -> None:
    engine = replace(READY, state=state, detail='layer 3 of 40')  # type: ignore[arg-type]
    finding = judge_engine(engine)
    assert finding.level is level
    assert 'layer 3 of 40' in finding.text
    if state != 'ready':
        waiting = judge(engine=engine, silent_s=100.0)
        assert waiting.level is level
        assert '100' not in waiting.text
