"""The parameter table on a live node: at start-up, from a file and at run time."""

from __future__ import annotations

from pathlib import Path

import pytest
from rcl_interfaces.srv import DescribeParameters
from rclpy.parameter import Parameter
from ros_harness import has_listener, image_message, live_node, peer, segmenter

from time2general_ros.ros.parameters.declared import ENGINE, PARAMETERS
from time2general_ros.ros.parameters.parameter import ParameterError

FILE = Path(__file__).parents[1] / 'config' / 'segmentation.param.yaml'


@pytest.mark.parametrize(
    ('name', 'value', 'told'),
    [
        ('engine', 'tensorflow', f"engine {ENGINE.requirement}, not 'tensorflow'"),
        ('overlay.alpha', 1.5, 'overlay.alpha must be of type double, such as 0.5, from 0.0 to'),
        ('memory.max_gap_s', 1, 'memory.max_gap_s must be of type double, such as 1.0'),
        ('cameras', ['/front'], 'cameras must be of type string_array'),
        ('cameras', ['left', 'left'], 'each a different name of letters'),
        ('cameras', 'front', "such as ['']"),
        ('diagnostics.warn_drop_share', 1.5, 'from 0.0 to 1.0'),
        ('threads', 'all', 'threads must be of type integer, such as 0, from 0 to 256'),
    ],
)
def test_a_refused_value_at_start_up_is_told_why(name, value, told):
    with pytest.raises(ParameterError) as raised, live_node(segmenter(), **{name: value}):
        pass
    assert told in str(raised.value)
    assert str(value) in str(raised.value)


def test_a_report_that_cannot_be_written_is_refused_at_run_time(tmp_path):
    with live_node(segmenter()) as node, peer(connect=False):
        for path, is_fine in ((tmp_path / 'report.json', True), (tmp_path / 'no' / 'r', False)):
            (result,) = node.set_parameters([Parameter('report_path', value=str(path))])
            assert result.successful == is_fine
        assert result.reason.startswith(f'cannot write the report {path}: No such file')
        assert node.get_parameter('report_path').value == str(tmp_path / 'report.json')
        assert not list(tmp_path.iterdir())
    assert [file.name for file in tmp_path.iterdir()] == ['report.json']


def test_the_shipped_parameter_file_is_understood():
    with live_node(segmenter(), arguments=('--ros-args', '--params-file', str(FILE))) as node:
        assert {p.name: node.get_parameter(p.name).value for p in PARAMETERS} == {
            p.name: p.default for p in PARAMETERS
        }


def test_values_from_the_command_line_arrive():
    arguments = ('--ros-args', '-p', 'memory.max_gap_s:=2.5', '-p', 'image_transport:=compressed')
    with live_node(segmenter(), arguments=arguments) as node:
        assert node.get_parameter('memory.max_gap_s').value == 2.5
        assert list(node.statistics) == ['/segmentation/image_raw/compressed']


@pytest.mark.parametrize(
    ('given', 'topics'),
    [
        ('[]', ['/segmentation/image_raw']),
        ("['']", ['/segmentation/image_raw']),
        (
            '[front, rear/top]',
            ['/segmentation/front/image_raw', '/segmentation/rear/top/image_raw'],
        ),
    ],
)
def test_cameras_from_the_command_line(given, topics):
    with live_node(segmenter(), arguments=('--ros-args', '-p', f'cameras:={given}')) as node:
        assert list(node.statistics) == topics


@pytest.mark.parametrize(
    ('name', 'value', 'told'),
    [
        ('overlay.alpha', 0.25, None),
        ('keep_memory_warm', True, None),
        ('diagnostics.warn_flicker', 0.1, None),
        ('cameras', ['front'], 'read-only'),
        ('autostart', False, 'read-only'),
        ('overlay.alpha', 2.0, 'overlay.alpha'),
        ('stale_after_s', 0.5, None),
        ('threads', 2, 'read-only'),
        ('engine', 'torch', 'read-only'),
    ],
)
def test_what_may_change_at_run_time(name, value, told):
    with live_node(segmenter()) as node:
        before = node.get_parameter(name).value
        (result,) = node.set_parameters([Parameter(name, value=value)])
        assert result.successful == (told is None)
        if told:
            assert told in result.reason.replace('read only', 'read-only')
        assert node.get_parameter(name).value == (before if told else value)


def test_every_parameter_describes_itself():
    with live_node(segmenter()), peer() as end:
        client = end.node.create_client(DescribeParameters, 'time2general/describe_parameters')
        end.wait(client.service_is_ready, 'the service')
        answer = client.call_async(DescribeParameters.Request(names=[p.name for p in PARAMETERS]))
        end.wait(answer.done, 'the descriptions')
        for parameter, described in zip(PARAMETERS, answer.result().descriptors, strict=True):
            assert described.description == parameter.description
            assert described.read_only == parameter.read_only
            ranges = [*described.integer_range, *described.floating_point_range]
            found = [(r.from_value, r.to_value) for r in ranges]
            assert found == ([parameter.bounds] if parameter.bounds else [])


def test_a_changed_alpha_shows_in_the_next_overlay():
    with live_node(segmenter()) as node, peer('overlay') as camera:
        camera.wait(lambda: has_listener(node, 'overlay'), 'the node knows the listener')
        first = camera.ask(image_message(10**6), 'overlay')
        node.set_parameters([Parameter('overlay.alpha', value=0.0)])
        message = image_message(2 * 10**6)
        second = camera.ask(message, 'overlay')
        assert first.data != second.data
        assert second.data == message.data
