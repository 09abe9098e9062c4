"""Diagnostics as they arrive at a listener on real DDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
import re
import time
from typing import Any

import pytest
from ros_harness import PATIENCE_S, ros_context

pytest.importorskip('diagnostic_msgs', reason='ROS 2 (diagnostic_msgs) is not installed')

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter

from time2general_ros.labels.files import load_label_set
from time2general_ros.messages.stamps import stamp_ns
from time2general_ros.ros.diagnostics.publisher import DiagnosticsPublisher
from time2general_ros.ros.engine.engine_state import EngineState
from time2general_ros.ros.parameters.thresholds import Thresholds
from time2general_ros.ros.statistics.stamp_latency import stamp_latency_ms
from time2general_ros.ros.statistics.stream_statistics import (
    Drop,
    StreamState,
    StreamStatistics,
)

LABELS = load_label_set('idd7')
DOCS = Path(__file__).parents[1] / 'docs' / 'diagnostics.md'
MS = 1_000_000
READY = EngineState('openvino', 'ready', device='CPU', precision='bf16', memory_mb=812.04)
BOUNDS = Thresholds(
    warn_rate_hz=5.0,
    warn_latency_ms=100.0,
    error_latency_ms=500.0,
    warn_drop_share=0.5,
    error_silent_s=5.0,
    warn_flicker=0.05,
)


@dataclass
class Vehicle:
    """A node that publishes diagnostics, and a listener to them."""

    node: Node
    received: list[Any]
    turn: Callable[[], None]
    now_ns: int = 10**12
    engine: EngineState = READY
    thresholds: Thresholds = BOUNDS
    cameras: dict[str, StreamStatistics] = field(default_factory=dict)

    def add(self, name: str) -> StreamStatistics:
        self.cameras[name] = StreamStatistics(lambda: self.now_ns)
        return self.cameras[name]

    def advance(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)

    def run(self, name: str, frames: int = 50, hz: float = 10.0, latency_ms: float = 30.0) -> None:
        """Have a camera answered for a while."""
        for _ in range(frames):
            self.advance(1.0 / hz)
            self.cameras[name].received()
            self.cameras[name].published(self.now_ns - round(latency_ms * MS), self.now_ns)

    def publisher(self) -> DiagnosticsPublisher:
        return DiagnosticsPublisher(
            self.node,
            lambda: self.thresholds,
            lambda: self.engine,
            lambda: {name: camera.snapshot() for name, camera in self.cameras.items()},
            lambda: dict.fromkeys(self.cameras, LABELS),
        )

    def ask(self) -> dict[str, Any]:
        """Publish once and give what arrived, by the last part of the names."""
        asked_ns = self.node.get_clock().now().nanoseconds
        self.tick()
        self.turn_until(lambda: stamp_ns(self.received[-1].header) >= asked_ns)
        return {status.name.split(': ')[1]: status for status in self.received[-1].status}

    def turn_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, 'gave up waiting'
            self.turn()

    def start(self) -> None:
        diagnostics = self.publisher()
        self.tick = diagnostics.tick
        self.turn_until(lambda: self.node.count_subscribers('/diagnostics') > 0)
        # An end may know of the other before the other is ready.
        self.turn_until(lambda: self.tick() or bool(self.received))  # type: ignore[func-returns-value]


@pytest.fixture(scope='module')
def connected() -> Iterator[Vehicle]:
    with ros_context() as context, ros_context() as other:
        node = Node('time2general', namespace='/car/segmentation', context=context)
        listener = Node('monitor', context=other)
        received: list[Any] = []
        listener.create_subscription(DiagnosticArray, '/diagnostics', received.append, 10)
        executor = SingleThreadedExecutor(context=other)
        executor.add_node(listener)
        end = Vehicle(node, received, lambda: executor.spin_once(timeout_sec=0.02))
        end.start()
        yield end
        executor.shutdown()
        listener.destroy_node()
        node.destroy_node()


@pytest.fixture
def vehicle(connected: Vehicle) -> Vehicle:
    connected.engine, connected.thresholds = READY, BOUNDS
    connected.cameras.clear()
    return connected


def values(status: Any) -> dict[str, str]:
    return {item.key: item.value for item in status.values}


def test_every_camera_and_the_engine_have_a_status_of_their_own(vehicle: Vehicle) -> None:
    for name in ('front', 'left'):
        vehicle.add(name)
    before = vehicle.node.get_clock().now()
    vehicle.ask()
    message = vehicle.received[-1]
    prefix = '/car/segmentation/time2general: '
    assert [s.name for s in message.status] == [prefix + n for n in ('engine', 'front', 'left')]
    hardware = [s.hardware_id for s in message.status]
    assert hardware == ['CPU', '/car/segmentation/front', '/car/segmentation/left']
    assert message.header.stamp.sec >= before.to_msg().sec
    assert all(len({*values(s)}) == len(s.values) for s in message.status)


def test_the_only_camera_needs_no_name(vehicle: Vehicle) -> None:
    vehicle.add('')
    assert vehicle.ask().keys() == {'engine', 'camera'}


def test_levels_follow_the_thresholds_as_they_are_now(vehicle: Vehicle) -> None:
    vehicle.add('front')
    vehicle.run('front')
    assert vehicle.ask()['front'].level == DiagnosticStatus.OK
    vehicle.run('front', latency_ms=300.0)
    status = vehicle.ask()['front']
    assert status.level == DiagnosticStatus.WARN
    assert 'diagnostics.warn_latency_ms' in status.message
    vehicle.run('front', latency_ms=700.0)
    assert vehicle.ask()['front'].level == DiagnosticStatus.ERROR
    vehicle.thresholds = replace(BOUNDS, error_latency_ms=1000.0, warn_latency_ms=1000.0)
    assert vehicle.ask()['front'].level == DiagnosticStatus.OK


def test_only_the_camera_that_fell_silent_is_in_error(vehicle: Vehicle) -> None:
    for name in ('front', 'left'):
        vehicle.add(name)
    vehicle.run('left')
    vehicle.run('front', frames=60)
    found = vehicle.ask()
    assert found['front'].level == DiagnosticStatus.OK
    assert found['left'].level == DiagnosticStatus.ERROR
    assert 'no image for 6.0 s' in found['left'].message
    assert values(found['left'])['silent_s'] == '6.0'
    vehicle.run('left')
    assert vehicle.ask()['left'].level == DiagnosticStatus.OK


def test_a_camera_that_is_switched_off_is_not_in_error(vehicle: Vehicle) -> None:
    camera = vehicle.add('front')
    camera.set_state(StreamState.DISABLED)
    vehicle.advance(60.0)
    status = vehicle.ask()['front']
    assert (status.level, values(status)['state']) == (DiagnosticStatus.OK, 'disabled')
    camera.set_state(StreamState.ACTIVE)
    vehicle.advance(6.0)
    assert vehicle.ask()['front'].level == DiagnosticStatus.ERROR


@pytest.mark.parametrize(
    ('state', 'level'),
    [
        ('unloaded', DiagnosticStatus.OK),
        ('building', DiagnosticStatus.WARN),
        ('ready', DiagnosticStatus.OK),
        ('failed', DiagnosticStatus.ERROR),
        ('finalized', DiagnosticStatus.OK),
    ],
)
def test_the_engine_tells_what_it_is_doing(vehicle: Vehicle, state: Any, level: bytes) -> None:
    vehicle.engine = replace(READY, state=state, detail='42 % built')
    vehicle.add('front')
    status = vehicle.ask()['engine']
    assert (status.level, values(status)['state']) == (level, state)
    assert '42 % built' in status.message
    assert vehicle.ask()['front'].level == level


def test_values_carry_the_counters(vehicle: Vehicle) -> None:
    camera = vehicle.add('front')
    vehicle.run('front', frames=30)
    for _ in range(4):
        camera.received()
    camera.dropped(Drop.SUPERSEDED)
    camera.bad_message('encoding')
    camera.reset('gap')
    camera.flickered(0.0125)
    found = values(vehicle.ask()['front'])
    expected = {
        'frames_in': '34',
        'frames_out': '30',
        'in_flight': '2',
        'dropped.superseded': '1',
        'dropped.bad_message': '1',
        'dropped.stale': '0',
        'bad_messages.encoding': '1',
        'resets.gap': '1',
        'latency_from_receive_ms.p99': '30.0',
        'latency_from_stamp_ms.p99': 'unknown',
        'rate_out_hz': '10.0',
        'flicker': '0.0125',
        'memory_depth': '0',
    }
    assert {key: found.get(key) for key in expected} == expected
    engine = values(vehicle.ask()['engine'])
    assert engine == {
        'state': 'ready',
        'engine': 'openvino',
        'device': 'CPU',
        'precision': 'bf16',
        'device_memory_mb': '812.0',
    }


def test_every_key_is_documented_and_every_documented_key_exists(vehicle: Vehicle) -> None:
    camera = vehicle.add('front')
    camera.bad_message('encoding')
    camera.reset('gap')
    found = vehicle.ask()
    keys = {re.sub(r'\..*', '', key) for s in found.values() for key in values(s)}
    documented = {
        re.sub(r'\..*', '', key)
        for row in re.findall(r'^\| (`.+?) \|', DOCS.read_text('utf-8'), re.M)
        for key in re.findall(r'`(.+?)`', row)
        if not key.startswith('diagnostics.')
    }
    assert keys == documented


def test_latency_from_the_stamp_is_of_the_ros_clock(vehicle: Vehicle) -> None:
    clock = vehicle.node.get_clock()
    latency_ms = stamp_latency_ms(clock, clock.now().nanoseconds - 50 * MS)
    assert latency_ms is not None
    assert 50.0 <= latency_ms < 1e4


def test_under_simulated_time_there_is_no_latency_from_the_stamp(vehicle: Vehicle) -> None:
    node = vehicle.node
    node.set_parameters([Parameter('use_sim_time', value=True)])
    assert stamp_latency_ms(node.get_clock(), 0) is None
    node.set_parameters([Parameter('use_sim_time', value=False)])
    assert stamp_latency_ms(node.get_clock(), 0) is not None


def test_a_status_names_the_classes_of_its_masks(vehicle: Vehicle) -> None:
    vehicle.add('front')
    shown = values(vehicle.ask()['front'])
    assert shown['label_set'] == 'idd7'
    assert shown['classes'].split(', ') == [*LABELS.classes]
