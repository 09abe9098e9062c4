"""What the live node tells of itself while it serves a camera."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import threading
from typing import Any

import numpy as np
import pytest
from ros_harness import PATIENCE_S, Peer, StandInPlan, image_message, live_node, peer, segmenter

pytest.importorskip('diagnostic_msgs', reason='ROS 2 (diagnostic_msgs) is not installed')

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

QUICK = {'diagnostics.period_s': 0.1}
# The images of these tests have stamps of long ago.
ANY_STAMP = {
    **QUICK,
    'diagnostics.warn_latency_ms': 0.0,
    'diagnostics.error_latency_ms': 0.0,
}
OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
MS = 1_000_000
S = 1000 * MS


class Monitor:
    """Waits until the node says something of itself."""

    def __init__(self, end: Peer) -> None:
        self._end = end
        end.listen('/diagnostics', DiagnosticArray, latched=False)

    def latest(self) -> dict[str, Any]:
        """Give the last statuses by the last part of their names."""
        received = self._end.received['/diagnostics']
        statuses = received[-1].status if received else []
        return {status.name.split(': ')[1]: status for status in statuses}

    def wait(self, part: str, level: bytes, words: str = '', **values: str) -> Any:
        """Wait for a status of that level, with those words and values."""

        def is_there() -> bool:
            status = self.latest().get(part)
            if status is None or status.level != level or words not in status.message:
                return False
            found = {pair.key: pair.value for pair in status.values}
            return values.items() <= found.items()

        self._end.wait(is_there, f'{part} at {level!r} with {words!r} and {values}')
        return self.latest()[part]


@contextmanager
def monitor(connect: bool = True) -> Iterator[tuple[Peer, Monitor]]:
    with peer('mask', connect=connect) as end:
        yield end, Monitor(end)


def test_the_engine_is_seen_being_built() -> None:
    built = threading.Event()
    plan = StandInPlan(build=lambda: built.wait(PATIENCE_S))  # type: ignore[arg-type, return-value]
    with live_node(plan, wait=False, **ANY_STAMP), monitor() as (end, diagnostics):
        diagnostics.wait('engine', WARN, 'building the stand-in', state='building')
        diagnostics.wait('camera', WARN, 'engine is being built')
        built.set()
        diagnostics.wait('engine', OK, 'ready', engine='stand_in', precision='f32')
        end.ask(image_message(S))
        diagnostics.wait('camera', OK, frames_in='1', frames_out='1', state='active')


def test_an_engine_that_fails_says_why() -> None:
    def fail() -> None:
        raise RuntimeError('the moon is full')

    with (
        live_node(StandInPlan(build=fail), wait=False, autostart=True, **ANY_STAMP),
        monitor(connect=False) as (_end, diagnostics),
    ):
        diagnostics.wait('engine', ERROR, 'the moon is full', state='failed')


def test_counters_are_those_of_the_node() -> None:
    with live_node(segmenter(), **ANY_STAMP) as node, monitor() as (end, diagnostics):
        for n in range(4):
            end.ask(image_message(S + n * 50 * MS))
        end.ask(image_message(S))
        bad = image_message(2 * S)
        bad.encoding = 'rainbow'
        end.send(bad)
        values = {
            'frames_in': '6',
            'frames_out': '5',
            'in_flight': '0',
            'dropped.bad_message': '1',
            'resets.backward_stamp': '1',
            'memory_depth': '0',
        }
        status = diagnostics.wait('camera', WARN, 'bad_message', **values)
        (snapshot,) = node.statistics.values()
        assert snapshot['frames_in'] == 6
        found = {pair.key: pair.value for pair in status.values}
        assert float(found['latency_from_receive_ms.p99']) > 0.0
        assert float(found['step_ms.p99']) > 0.0
        assert float(found['publish_ms.p99']) > 0.0


def test_flicker_is_estimated_while_masks_are_made() -> None:
    rng = np.random.default_rng(0)
    calm = rng.integers(80, 90, (24, 32, 3)).astype(np.uint8)
    # Too little for the estimate to see a change in the picture, enough for another class.
    bright = calm + np.uint8(7)
    with live_node(segmenter(), **ANY_STAMP) as node, monitor() as (end, diagnostics):
        for n in range(3):
            end.ask(image_message(S + n * 50 * MS, calm))
        diagnostics.wait('camera', OK, flicker='0.0')
        for n in range(3, 40):
            end.ask(image_message(S + n * 50 * MS, bright if n % 2 else calm))
        node.set_parameters([Parameter('diagnostics.warn_flicker', value=0.05)])
        diagnostics.wait('camera', WARN, 'diagnostics.warn_flicker is 0.05')


def test_a_threshold_holds_as_soon_as_it_is_set() -> None:
    with live_node(segmenter(), **QUICK) as node, monitor() as (end, diagnostics):
        now_ns = node.get_clock().now().nanoseconds
        end.ask(image_message(now_ns - 700 * MS))
        diagnostics.wait('camera', WARN, 'diagnostics.warn_latency_ms')
        node.set_parameters([Parameter('diagnostics.error_latency_ms', value=600.0)])
        diagnostics.wait('camera', ERROR, 'diagnostics.error_latency_ms is 600')


def test_a_camera_that_falls_silent_is_told_and_one_switched_off_is_not() -> None:
    bounds = {**ANY_STAMP, 'diagnostics.error_silent_s': 0.5}
    with live_node(segmenter(), **bounds), monitor() as (end, diagnostics):
        end.ask(image_message(S))
        diagnostics.wait('camera', ERROR, 'no image for')
        end.ask(image_message(S + 50 * MS))
        diagnostics.wait('camera', OK, state='active')
        end.call(SetBool, 'time2general/enable', SetBool.Request(data=False))
        diagnostics.wait('camera', OK, state='disabled')
        end.call(SetBool, 'time2general/enable', SetBool.Request(data=True))
        diagnostics.wait('camera', ERROR, 'no image for', state='active')
