"""What is set for nobody is told, with the names that there are."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

from rclpy.node import Node
from ros_harness import live_node, ros_context, segmenter

from time2general_ros.ros.parameters.unread import (
    unknown_parameters,
    unknown_qos_overrides,
    unread_sources,
)

NODE = '/segmentation/time2general'
KEYS = [
    *('time2general', '/time2general', '/segmentation/time2general', 'segmentation/time2general'),
    *('/**', '**', '/*/time2general', '/**/time2general', '/segmentation/*', '*', '/*'),
    *('/segmentation/**', '/**/other', '**/time2general', 'segmentation_node', '/a/time2general'),
]


def params_file(folder, key):
    path = folder / 'params.yaml'
    path.write_text(f"'{key}':\n  ros__parameters:\n    image_transport: compressed\n")
    return path


@pytest.mark.parametrize('key', KEYS)
def test_a_file_is_told_exactly_where_ros_does_not_read_it(key, tmp_path):
    arguments = ['--ros-args', '--params-file', str(params_file(tmp_path, key))]
    with ros_context(*arguments) as context:
        node = Node('time2general', namespace='segmentation', context=context)
        is_read = bool(node._parameter_overrides)
        node.destroy_node()
    told = list(unread_sources(arguments, NODE))
    assert bool(told) is not is_read
    assert all(key in text and f'use the key {NODE} or /**' in text for text in told)


def test_nested_keys_are_joined(tmp_path):
    path = tmp_path / 'params.yaml'
    path.write_text('segmentation:\n  time2general:\n    ros__parameters: {threads: 1}\n')
    assert list(unread_sources(['--ros-args', '--params-file', str(path)], NODE)) == []


@pytest.mark.parametrize('text', [None, '', '[]', 'a: [', 'a: 3', 'ros__parameters: 3'])
def test_what_is_no_file_of_parameters_is_left_to_ros(text, tmp_path):
    path = tmp_path / 'params.yaml'
    if text is not None:
        path.write_text(text)
    assert list(unread_sources(['--ros-args', '--params-file', str(path)], NODE)) == []


def test_values_for_other_nodes_are_told():
    arguments = ['x', '-p', 'a:b:=1', '--ros-args', '-p', 'threads:=1', '-p', 'other:threads:=2']
    (told,) = unread_sources([*arguments, '--', '-p', 'c:d:=1'], NODE)
    assert "the parameter 'other:threads:=2' is for other, so that this node" in told


def test_a_misspelt_parameter_is_told_with_the_known_ones():
    told = unknown_parameters(['image_tranport', 'engine', 'x'], ['image_transport', 'engine'])
    assert told == (
        'nobody reads these parameters: image_tranport (did you mean image_transport?), x; '
        'this node has: engine, image_transport'
    )
    assert unknown_parameters(['engine'], ['engine']) is None


def test_qos_of_a_topic_that_is_not_there_is_told_with_the_topics():
    known = [
        'qos_overrides./a/image_raw.subscription.depth',
        'qos_overrides./a/mask.publisher.depth',
    ]
    told = unknown_qos_overrides(['qos_overrides./a/imag_raw.subscription.depth'], known)
    assert 'did you mean qos_overrides./a/image_raw.subscription.depth?' in told
    assert told.endswith(
        'this node has depth of: qos_overrides./a/image_raw.subscription, '
        'qos_overrides./a/mask.publisher'
    )
    assert unknown_qos_overrides(known, known) is None
    assert unknown_qos_overrides(['qos_overrides./x.publisher.depth'], []).endswith('no topic')


def warnings_of(capfd, **parameters):
    with live_node(segmenter(), **parameters):
        pass
    return [line for line in capfd.readouterr().err.splitlines() if 'nobody reads' in line]


def test_the_node_tells_both_and_only_those(capfd):
    assert warnings_of(capfd, use_sim_time=False) == []
    wrong = {'image_tranport': 'raw', 'qos_overrides./x.subscription.depth': 1}
    plain, qos = warnings_of(capfd, **wrong)
    assert 'image_tranport (did you mean image_transport?); this node has: autostart' in plain
    assert 'qos_overrides./x.subscription.depth' in qos
    assert 'qos_overrides./segmentation/image_raw.subscription' in qos
