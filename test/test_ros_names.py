"""Names are judged here as ROS 2 itself judges them."""

from __future__ import annotations

import itertools
import random

import pytest

pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')

import rclpy
from rclpy.node import Node
from ros_harness import ros_context

from time2general_ros.ros.parameters.names import (
    absolute,
    reason_against_frame,
    reason_against_namespace,
    reason_against_topic,
    sibling,
)

ODD = ('a__b', 'a_', '_a', '__a', 'ä', 'a b', 'a-b', 'a.b', '{node}/a', 'rostopic://a', 'a:b', '1')


def names():
    """Give all short names of some characters, some of the longer ones, and odd ones."""
    short = [''.join(letters) for n in (1, 2) for letters in itertools.product('a1_/~', repeat=n)]
    chosen = random.Random(0)
    longer = [''.join(chosen.choices('ab1_/~', k=chosen.randint(4, 7))) for _ in range(50)]
    return sorted({*short, *longer, *ODD})


def is_taken(rule):
    context = rclpy.Context()
    try:
        context.init(['test', '--ros-args', '-r', rule])
    except Exception:
        return False
    finally:
        context.try_shutdown()
    return True


def test_topics_are_taken_as_rules_take_them():
    judged = {name: reason_against_topic(name) is None for name in names()}
    assert set(judged.values()) == {True, False}
    assert judged == {name: is_taken(f'image_raw:={name}') for name in names()}


def test_namespaces_are_taken_as_nodes_take_them():
    given = [name for name in names() if not name.startswith('/') and not name.endswith('/')]
    judged = {name: reason_against_namespace(name) is None for name in given}
    assert judged == {name: is_taken(f'__ns:=/{name}') for name in given}


@pytest.mark.parametrize('name', ['', '/', '/ego', 'ego/'])
def test_a_namespace_may_be_empty_or_have_slashes_at_its_ends(name):
    assert reason_against_namespace(name) is None


@pytest.mark.parametrize('length', [247, 248])
def test_a_name_may_be_as_long_as_the_middleware_allows(length):
    name = '/' + 'x' * (length - 1)
    assert (reason_against_topic(name) is None) is (length == 247)
    assert (reason_against_namespace(name) is None) is (length == 247)


@pytest.mark.parametrize('namespace', ['', '/', 'ego', '/ego/top/'])
@pytest.mark.parametrize('name', ['/a/b', 'a/b', '~/a'])
def test_names_are_expanded_as_a_node_expands_them(name, namespace):
    with ros_context() as context:
        node = Node('node', namespace=namespace.rstrip('/'), context=context)
        assert absolute(name, namespace, 'node') == node.resolve_topic_name(name)
        node.destroy_node()


def test_a_sibling_lies_in_the_same_folder():
    assert [sibling(topic, 'x') for topic in ('/a/b', 'a/b', 'b', '~/b')] == [
        '/a/x',
        'a/x',
        'x',
        '~/x',
    ]


@pytest.mark.parametrize('frame', ['', '/map', ' ', 'a\nb'])
def test_a_frame_that_tf2_does_not_have_is_refused(frame):
    assert 'such as base_link' in (reason_against_frame(frame) or '')
    assert reason_against_frame('ego/base link-1') is None
