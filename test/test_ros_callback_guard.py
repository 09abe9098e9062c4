"""Whatever a callback raises, the node goes on and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lifecycle_msgs.srv import ChangeState
import pytest
from rcl_interfaces.srv import SetParameters, SetParametersAtomically
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.waitable import NumberOfEntities, Waitable
from ros_harness import Peer, image_message, live_node, peer, segmenter, stderr_in
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Empty
from std_srvs.srv import SetBool, Trigger

from time2general_ros.ros.cameras.qos import subscription_events
from time2general_ros.ros.node import SegmentationNode

MS = 1_000_000
NODE = 'time2general'


def fail(*_: Any) -> Any:
    raise RuntimeError('the wheel\ncame off')


def in_a_timer(node: SegmentationNode, _end: Peer) -> None:
    node.create_timer(0.01, fail)


def in_a_subscription(node: SegmentationNode, end: Peer) -> None:
    node.create_subscription(Empty, 'bump', fail, 1)
    publisher = end.node.create_publisher(Empty, 'bump', 1)
    end.wait(lambda: publisher.get_subscription_count() > 0)
    publisher.publish(Empty())


def in_a_guard_condition(node: SegmentationNode, _end: Peer) -> None:
    node.create_guard_condition(fail).trigger()


def in_an_event(node: SegmentationNode, end: Peer) -> None:
    profile = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    events = subscription_events('bump', node.get_logger())
    events.incompatible_qos = fail
    node.create_subscription(Empty, 'bump', lambda _: None, profile, event_callbacks=events)
    end.node.create_publisher(Empty, 'bump', 1)


class Broken(Waitable):
    """Something to wait for that is ready at once, and fails."""

    def __init__(self) -> None:
        super().__init__(ReentrantCallbackGroup())
        self._is_ready = True

    def is_ready(self, _wait_set: Any) -> bool:
        """Be ready, once."""
        is_ready, self._is_ready = self._is_ready, False
        return is_ready

    def take_data(self) -> None:
        """Give nothing."""

    async def execute(self, _data: Any) -> None:
        """Fail."""
        fail()

    def get_num_entities(self) -> NumberOfEntities:
        """Count none."""
        return NumberOfEntities()

    def add_to_wait_set(self, _wait_set: Any) -> None:
        """Add nothing."""

    def __enter__(self) -> Broken:
        """Be there."""
        return self

    def __exit__(self, *_: object) -> None:
        """Be there still."""


def in_a_waitable(node: SegmentationNode, _end: Peer) -> None:
    node.add_waitable(Broken())
    node.create_guard_condition(lambda: None).trigger()


class Unwaitable(Broken):
    """Something to wait for that fails before the executor waits."""

    def add_to_wait_set(self, _wait_set: Any) -> None:
        """Fail, once."""
        if self._is_ready:
            self._is_ready = False
            fail()


def before_waiting(node: SegmentationNode, _end: Peer) -> None:
    node.add_waitable(Unwaitable())
    node.create_guard_condition(lambda: None).trigger()


def in_a_task(node: SegmentationNode, _end: Peer) -> None:
    node.executor.create_task(fail)


PLACES = [
    in_a_timer,
    in_a_subscription,
    in_a_guard_condition,
    in_an_event,
    in_a_waitable,
    before_waiting,
    in_a_task,
]


@pytest.mark.parametrize('raise_it', PLACES)
def test_an_exception_is_one_line_in_the_log_and_masks_go_on(
    raise_it: Callable[[SegmentationNode, Peer], None], tmp_path: Path
) -> None:
    with stderr_in(tmp_path) as log, live_node(segmenter()) as node, peer('mask') as end:
        raise_it(node, end)
        end.wait(lambda: 'the wheel came off' in log.read_text(), 'the line in the log')
        for index in range(1, 4):
            end.ask(image_message(index * MS))
        text = log.read_text()
    assert 'Traceback' not in text
    assert text.count('the wheel came off') == 1
    assert 'test_ros_callback_guard.py' in text


def test_a_service_that_raises_answers_with_no_and_the_reason() -> None:
    with live_node(segmenter()) as node, peer('mask') as end:
        node.create_service(Trigger, '~/own', fail)
        node.create_service(SetBool, '~/switch', fail)
        for service_type, name in ((Trigger, 'own'), (SetBool, 'switch')):
            answer = end.call(service_type, f'{NODE}/{name}', service_type.Request())
            assert not answer.success
            assert answer.message == 'the wheel came off'
        end.ask(image_message(MS))


def test_a_parameter_callback_that_raises_refuses_the_parameters() -> None:
    value = Parameter('overlay.alpha', value=0.25).to_parameter_msg()
    with live_node(segmenter()) as node, peer('mask') as end:
        node.add_on_set_parameters_callback(fail)
        request = SetParameters.Request(parameters=[value, value])
        answer = end.call(SetParameters, f'{NODE}/set_parameters', request)
        assert [(r.successful, r.reason) for r in answer.results] == [
            (False, 'the wheel came off')
        ] * 2
        at_once = SetParametersAtomically.Request(parameters=[value])
        name = f'{NODE}/set_parameters_atomically'
        result = end.call(SetParametersAtomically, name, at_once).result
        assert (result.successful, result.reason) == (False, 'the wheel came off')
        assert node.get_parameter('overlay.alpha').value == 0.5
        end.ask(image_message(MS))


def test_a_parameter_of_a_type_that_does_not_exist_is_refused() -> None:
    value = Parameter('overlay.alpha', value=0.25).to_parameter_msg()
    value.value.type = 200
    with live_node(segmenter()), peer('mask') as end:
        request = SetParameters.Request(parameters=[value])
        answer = end.call(SetParameters, f'{NODE}/set_parameters', request)
        assert [result.successful for result in answer.results] == [False]
        end.ask(image_message(MS))


@pytest.mark.parametrize('transition', [0, 1, 3, 17, 97, 255])
def test_a_transition_that_there_is_not_is_refused_and_masks_go_on(transition: int) -> None:
    request = ChangeState.Request()
    request.transition.id = transition
    with live_node(segmenter()), peer('mask') as end:
        assert not end.call(ChangeState, f'{NODE}/change_state', request).success
        end.ask(image_message(MS))


def test_an_exception_while_the_clock_jumps_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seconds = iter(range(10**6, 0, -1))
    with (
        stderr_in(tmp_path) as log,
        live_node(segmenter(), use_sim_time=True) as node,
        peer('mask') as end,
    ):
        for stream in node._streams.values():
            monkeypatch.setattr(stream, 'request_reset', fail)
        clock = end.node.create_publisher(Clock, '/clock', 1)

        def has_jumped() -> bool:
            message = Clock()
            message.clock.sec = next(seconds)
            clock.publish(message)
            return 'the wheel came off' in log.read_text()

        end.wait(has_jumped, 'the jump')
        end.ask(image_message(MS))
