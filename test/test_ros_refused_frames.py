"""Frames that get no answer: what they brought about is counted all the same."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from ros_harness import PATIENCE_S, StandInPlan, image_message, live_node, peer
from std_srvs.srv import SetBool

MS = 1_000_000
S = 1_000 * MS
CALM = np.random.default_rng(0).integers(80, 90, (24, 32, 3)).astype(np.uint8)
# Looks the same to the estimate of flicker and is of another class.
BRIGHT = CALM + np.uint8(7)


class Step:
    """What happens before a step: nothing, until the test says otherwise."""

    def __init__(self) -> None:
        self.fails = False
        self.is_reached = threading.Event()
        self.may_pass = threading.Event()
        self.may_pass.set()

    def __call__(self) -> None:
        """Be called by the engine."""
        self.is_reached.set()
        assert self.may_pass.wait(PATIENCE_S)
        if self.fails:
            raise RuntimeError('the step fails')


def only(node: Any) -> Any:
    (snapshot,) = node.statistics.values()
    return snapshot


def test_a_reset_on_a_frame_that_fails_is_counted_with_the_next_mask() -> None:
    step = Step()
    with live_node(StandInPlan(step)) as node, peer('mask') as camera:
        camera.ask(image_message(MS))
        step.fails = True
        for count, stamp in enumerate((5 * S, 2 * S), 1):
            camera.send(image_message(stamp))
            camera.wait(lambda n=count: only(node)['dropped']['failed'] == n, 'it has failed')
        step.fails = False
        camera.ask(image_message(2 * S + 33 * MS))
        assert only(node)['resets'] == {'gap': 1, 'backward_stamp': 1}
        camera.ask(image_message(2 * S + 66 * MS))
        assert only(node)['resets'] == {'gap': 1, 'backward_stamp': 1}


def test_flicker_is_not_compared_across_a_frame_that_was_not_published() -> None:
    step = Step()
    with live_node(StandInPlan(step)) as node, peer('mask') as camera:
        camera.ask(image_message(MS, CALM))
        step.is_reached.clear()
        step.may_pass.clear()
        camera.send(image_message(5 * S, BRIGHT))
        camera.wait(step.is_reached.is_set, 'the frame is being segmented')
        camera.call(SetBool, 'time2general/enable', SetBool.Request(data=False))
        step.may_pass.set()
        camera.wait(lambda: only(node)['dropped']['disabled'] == 1, 'it is not published')
        assert only(node)['resets'] == {'gap': 1}
        camera.call(SetBool, 'time2general/enable', SetBool.Request(data=True))
        camera.ask(image_message(5 * S + 33 * MS, BRIGHT))
        camera.wait(lambda: only(node)['flicker'] is not None, 'the estimate')
        assert only(node)['flicker'] == 0.0


def test_a_frame_whose_publishing_fails_is_seen_by_the_estimate_of_flicker(
    monkeypatch: Any,
) -> None:
    with live_node(StandInPlan()) as node, peer('mask') as camera:
        camera.ask(image_message(MS, CALM))
        (stream,) = node._streams.values()

        def fail(*_: Any) -> None:
            raise RuntimeError('no way out')

        with monkeypatch.context() as patch:
            patch.setattr(stream._publishers, 'publish', fail)
            camera.send(image_message(34 * MS, BRIGHT))
            camera.wait(lambda: only(node)['dropped']['failed'] == 1, 'it is not published')
        camera.ask(image_message(67 * MS, BRIGHT))
        camera.wait(lambda: only(node)['flicker'] is not None, 'the estimate')
        assert only(node)['flicker'] == 0.0


def test_an_error_while_an_image_is_received_is_counted(monkeypatch: Any) -> None:
    with live_node(StandInPlan()) as node, peer('mask') as camera:
        camera.ask(image_message(MS))
        (stream,) = node._streams.values()

        def fail(*_: Any) -> None:
            raise RuntimeError('no place')

        with monkeypatch.context() as patch:
            patch.setattr(stream._mailbox, 'put', fail)
            camera.send(image_message(34 * MS))
            camera.wait(lambda: only(node)['dropped']['failed'] == 1, 'it is counted')
        camera.ask(image_message(67 * MS))
        assert only(node)['in_flight'] == 0


def test_an_estimate_that_fails_costs_no_mask(monkeypatch: Any, capfd: Any) -> None:
    with live_node(StandInPlan()) as node, peer('mask') as camera:
        (stream,) = node._streams.values()

        def fail(*_: Any) -> None:
            raise RuntimeError('seasick')

        monkeypatch.setattr(stream._flicker, 'update', fail)
        for n in range(3):
            camera.ask(image_message(n * 33 * MS + 1))
        counters = only(node)
        assert (counters['frames_out'], counters['dropped']['failed']) == (3, 0)
        camera.wait(lambda: only(node)['flicker'] is not None, 'estimates go on')
    assert capfd.readouterr().err.count('seasick') == 1
