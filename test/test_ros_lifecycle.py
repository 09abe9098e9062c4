"""The states of the node: what each transition gives, frees and counts, and every way back."""

from __future__ import annotations

import sys
import threading

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
import pytest
from rclpy.parameter import Parameter
from ros_harness import (
    StandInPlan,
    image_message,
    live_node,
    peer,
    ros_context,
    segmenter,
    wait_for_engine,
)
from std_srvs.srv import Trigger

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.engine.model_start import ModelPlan
from time2general_ros.ros.node import SegmentationNode
from time2general_ros.ros.parameters.declared import PARAMETERS

MS = 1_000_000
NODE = 'time2general'
CONFIGURE = Transition.TRANSITION_CONFIGURE
ACTIVATE = Transition.TRANSITION_ACTIVATE
DEACTIVATE = Transition.TRANSITION_DEACTIVATE
CLEANUP = Transition.TRANSITION_CLEANUP
MANAGED = {'autostart': False}
DEFAULTS = {parameter.name: parameter.default for parameter in PARAMETERS}


def call(end, service_type, name, request):
    return end.call(service_type, f'{NODE}/{name}', request)


def change(end, transition):
    request = ChangeState.Request()
    request.transition.id = transition
    return call(end, ChangeState, 'change_state', request).success


def state(end):
    return call(end, GetState, 'get_state', GetState.Request()).current_state.label


def only(node):
    (snapshot,) = node.statistics.values()
    return snapshot


def memory_read(confidence):
    return confidence.data[0] // 102


def topics_of(node):
    names = {p.topic_name for p in node.publishers} | {s.topic_name for s in node.subscriptions}
    return {name for name in names if name.startswith('/segmentation/') and '~' not in name}


def test_the_walk_of_a_managed_node():
    plan = StandInPlan()
    with live_node(plan, **MANAGED) as node, peer(connect=False) as camera:
        assert state(camera) == 'unconfigured'
        assert node.engine_state().state == 'unloaded'
        assert not topics_of(node) & {'/segmentation/image_raw', '/segmentation/mask'}
        assert change(camera, CONFIGURE)
        assert state(camera) == 'inactive'
        assert topics_of(node) >= {'/segmentation/image_raw', '/segmentation/mask'}
        camera.connect()
        camera.listen('confidence')
        camera.wait(lambda: node.engine_state().state == 'ready', 'the engine')
        camera.send(image_message(MS))
        camera.wait(lambda: only(node)['dropped']['inactive'] == 1, 'the image is counted')
        assert change(camera, ACTIVATE)
        assert state(camera) == 'active'
        depths = [memory_read(camera.ask(image_message(n * MS), 'confidence')) for n in (2, 3)]
        assert depths == [0, 1]
        assert change(camera, DEACTIVATE)
        assert state(camera) == 'inactive'
        assert only(node)['resets'] == {'deactivate': 1}
        camera.send(image_message(4 * MS))
        camera.wait(lambda: only(node)['dropped']['inactive'] == 2, 'the image is counted')
        assert change(camera, ACTIVATE)
        assert memory_read(camera.ask(image_message(5 * MS), 'confidence')) == 0
        assert change(camera, DEACTIVATE)
        assert not plan.engines[0].is_closed
        assert change(camera, CLEANUP)
        assert state(camera) == 'unconfigured'
        assert plan.engines[0].is_closed
        assert node.engine_state().state == 'unloaded'
        assert not topics_of(node) & {'/segmentation/image_raw', '/segmentation/mask'}
        camera.wait(lambda: node.count_subscribers('image_raw') == 0, 'the topic is left')
        assert change(camera, CONFIGURE)
        assert change(camera, ACTIVATE)
        camera.connect()
        assert memory_read(camera.ask(image_message(6 * MS), 'confidence')) == 0
        assert change(camera, Transition.TRANSITION_ACTIVE_SHUTDOWN)
        assert state(camera) == 'finalized'
        assert node.engine_state().state == 'finalized'
        assert [engine.is_closed for engine in plan.engines] == [True, True]
        counters = only(node)
        assert counters['frames_in'] == 6
        assert counters['frames_out'] == 4
        assert counters['frames_in'] == 4 + sum(counters['dropped'].values())


@pytest.mark.parametrize(
    'transition',
    [ACTIVATE, DEACTIVATE, CLEANUP, Transition.TRANSITION_INACTIVE_SHUTDOWN],
)
def test_a_transition_that_the_state_does_not_have_is_refused(transition):
    with live_node(segmenter(), **MANAGED), peer(connect=False) as end:
        assert not change(end, transition)
        assert state(end) == 'unconfigured'


@pytest.mark.parametrize(
    ('steps', 'transition'),
    [
        ([], Transition.TRANSITION_UNCONFIGURED_SHUTDOWN),
        ([CONFIGURE], Transition.TRANSITION_INACTIVE_SHUTDOWN),
    ],
)
def test_a_node_can_be_shut_down_before_it_is_active(steps, transition):
    with live_node(segmenter(), **MANAGED), peer(connect=False) as end:
        assert all(change(end, step) for step in steps)
        assert change(end, transition)
        assert state(end) == 'finalized'


def test_a_destroyed_node_leaves_the_network_while_it_is_still_referred_to():
    service = f'/segmentation/{NODE}/get_state'
    with peer(connect=False) as end:
        with live_node(segmenter(), **MANAGED) as node:
            end.wait(lambda: end.node.count_services(service) == 1, 'the service is known')
        end.wait(lambda: end.node.count_services(service) == 0, 'the service is gone')
        assert node.engine_state().state == 'finalized'


def test_a_node_that_is_destroyed_as_it_runs_frees_its_engine_and_can_still_be_closed(tmp_path):
    plan, report = StandInPlan(), tmp_path / 'report.json'
    with ros_context() as context:
        node = SegmentationNode(
            make_plan=lambda _: plan,
            context=context,
            parameter_overrides=[Parameter('report_path', value=str(report))],
        )
        wait_for_engine(node)
        node.destroy_node()
        assert plan.engines[0].is_closed
        node.close()
    assert report.exists()


class SlowBuild:
    """A build that takes until the test lets it end."""

    def __init__(self, error=None):
        self.began, self.may_end = threading.Event(), threading.Event()
        self._error = error

    def __call__(self):
        self.began.set()
        assert self.may_end.wait(60.0)
        if self._error:
            raise self._error


def test_while_the_engine_is_built_services_answer_and_the_newest_image_waits():
    build = SlowBuild()
    with live_node(StandInPlan(build=build), wait=False) as node, peer('mask') as camera:
        assert build.began.wait(60.0)
        assert state(camera) == 'active'
        engine = node.engine_state()
        assert (engine.name, engine.state) == ('stand_in', 'building')
        assert engine.detail == 'building the stand-in'
        assert call(camera, Trigger, 'reset_memory', Trigger.Request()).success
        for index in (1, 2, 3):
            camera.send(image_message(index * MS))
            camera.wait(lambda n=index: only(node)['frames_in'] == n, 'the image has arrived')
        assert only(node)['dropped']['engine_building'] == 2
        assert only(node)['in_flight'] == 1
        build.may_end.set()
        camera.wait(lambda: bool(camera.received['mask']), 'the mask of the newest')
        assert camera.received['mask'][0].header.stamp.nanosec == 3 * MS
        assert node.engine_state().state == 'ready'
        assert node.engine_state().device == 'nowhere'


def test_a_build_that_is_cleaned_up_leaves_no_engine_and_delays_nobody():
    build = SlowBuild()
    plan = StandInPlan(build=build)
    with live_node(plan, **MANAGED) as node, peer(connect=False) as end:
        assert change(end, CONFIGURE)
        assert build.began.wait(60.0)
        assert change(end, CLEANUP)
        assert state(end) == 'unconfigured'
        assert change(end, CONFIGURE)
        # The second build begins once the first is over and its engine freed.
        assert node.engine_state().state == 'building'
        assert not plan.engines
        build.may_end.set()
        end.wait(lambda: node.engine_state().state == 'ready', 'the second engine')
        assert [engine.is_closed for engine in plan.engines] == [True, False]


@pytest.mark.parametrize('steps', [[CONFIGURE], [CONFIGURE, ACTIVATE]])
def test_a_build_that_fails_leads_back_to_unconfigured_with_the_reason(steps, capfd):
    build = SlowBuild(RuntimeError('out of solder'))
    with live_node(StandInPlan(build=build), **MANAGED) as node, peer(connect=False) as end:
        assert all(change(end, step) for step in steps)
        build.may_end.set()
        end.wait(lambda: state(end) == 'unconfigured', 'the way back')
        assert node.engine_state().state == 'failed'
        assert 'out of solder' in node.engine_state().detail
        assert not topics_of(node) & {'/segmentation/image_raw', '/segmentation/mask'}
    log = capfd.readouterr().err
    assert 'out of solder' in log


def test_after_a_failed_build_the_node_can_be_configured_again():
    failures = [RuntimeError('out of solder')]

    def build():
        if failures:
            raise failures.pop()

    with live_node(StandInPlan(build=build), **MANAGED) as node, peer(connect=False) as end:
        assert change(end, CONFIGURE)
        end.wait(lambda: state(end) == 'unconfigured', 'the way back')
        assert change(end, CONFIGURE)
        assert change(end, ACTIVATE)
        end.connect()
        end.listen('mask')
        end.ask(image_message(MS))
        assert node.failure is None


def test_a_configuration_that_cannot_be_is_refused_until_the_parameter_is_mended(tmp_path, capfd):
    settings = {**MANAGED, 'model_path': str(tmp_path)}
    with live_node(ModelPlan, **settings) as node, peer(connect=False) as end:
        assert not change(end, CONFIGURE)
        assert state(end) == 'unconfigured'
        (result,) = node.set_parameters([Parameter('model_path', value='')])
        assert result.successful, result.reason
        assert change(end, CONFIGURE)
        assert state(end) == 'inactive'
        (result,) = node.set_parameters([Parameter('model_path', value='/elsewhere')])
        assert not result.successful
        assert 'clean up' in result.reason
        end.wait(lambda: node.engine_state().state == 'ready', 'the engine')
        assert node.engine_state().name != 'auto'
    assert f'cannot configure: {tmp_path} is not a model folder' in capfd.readouterr().err


@pytest.mark.parametrize(
    ('parameter', 'value', 'told'),
    [
        ('engine', 'onnxruntime', "needs the module 'onnxruntime'"),
        ('precision', 'f16', "does not compute in 'f16'"),
        ('model_path', '/nowhere', '/nowhere is not a model folder'),
    ],
)
def test_what_can_be_known_at_once_fails_configure(parameter, value, told, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    settings = {**MANAGED, parameter: value}
    with live_node(ModelPlan, **settings) as node, peer(connect=False) as end:
        assert not change(end, CONFIGURE)
        assert state(end) == 'unconfigured'
        assert node.engine_state().state == 'failed'
        assert told in node.engine_state().detail
        (result,) = node.set_parameters([Parameter(parameter, value=DEFAULTS[parameter])])
        assert result.successful, result.reason
        assert change(end, CONFIGURE)
    assert told in capfd.readouterr().err


def test_an_error_while_configuring_is_told_and_leaves_nothing_behind(capfd):
    override = {'qos_overrides./segmentation/confidence.publisher.reliability': 'heroic'}
    with live_node(segmenter(), **MANAGED, **override) as node, peer(connect=False) as end:
        assert not change(end, CONFIGURE)
        assert state(end) == 'unconfigured'
        assert not topics_of(node) & {'/segmentation/image_raw', '/segmentation/mask'}
    told = capfd.readouterr().err
    assert 'heroic' in told
    assert 'the camera cannot have its topics beside /segmentation/image_raw' in told
    assert 'reliable or best_effort' in told


def test_a_node_that_somebody_configures_by_hand_outlives_a_wrong_value():
    with live_node(segmenter()) as node, peer(connect=False) as end:
        assert change(end, DEACTIVATE)
        assert change(end, CLEANUP)
        wrong = Parameter('image_transports', value=['raw', 'raw'])
        assert node.set_parameters([wrong])[0].successful
        assert not change(end, CONFIGURE)
        assert node.engine_state().state == 'failed'
        # Else its process would end.
        assert not node.has_failed
        assert node.set_parameters([Parameter('image_transports', value=[''])])[0].successful
        assert change(end, CONFIGURE)
        assert change(end, ACTIVATE)


def test_a_node_that_starts_by_itself_says_why_it_cannot(tmp_path):
    with (
        pytest.raises(Time2GeneralError, match='is not a model folder'),
        live_node(ModelPlan, model_path=str(tmp_path)),
    ):
        pass


def test_a_frame_in_hand_at_deactivation_is_not_published():
    entered, leave = threading.Event(), threading.Event()

    def gate():
        entered.set()
        assert leave.wait(60.0)

    with live_node(StandInPlan(gate)) as node, peer('mask') as camera:
        camera.send(image_message(MS))
        camera.wait(entered.is_set, 'the image is being segmented')
        camera.send(image_message(2 * MS))
        camera.wait(lambda: only(node)['frames_in'] == 2, 'the second image waits')
        assert change(camera, DEACTIVATE)
        assert only(node)['dropped']['inactive'] == 1
        leave.set()
        camera.wait(lambda: only(node)['dropped']['inactive'] == 2, 'both images are counted')
        assert only(node)['frames_out'] == 0
        assert change(camera, ACTIVATE)
        answer = camera.ask(image_message(3 * MS))
        assert answer.header.stamp.nanosec == 3 * MS
        assert len(camera.received['mask']) == 1
