"""Clocks and stamps: what the node makes of loops, gaps, copies and missing stamps."""

from __future__ import annotations

import pytest
from ros_harness import image_message, live_node, peer, segmenter
from rosgraph_msgs.msg import Clock

from time2general_ros.messages.stamps import split_stamp

MS = 1_000_000
S = 1_000 * MS


def only(node):
    (snapshot,) = node.statistics.values()
    return snapshot


def memory_read(confidence):
    return confidence.data[0] // 102


@pytest.mark.parametrize(
    ('stamps_ms', 'depths', 'resets'),
    [
        ((1, 34, 67, 100), [0, 1, 2, 2], {}),
        # Irregular, and up to the gap that is still allowed.
        ((1, 2, 900, 1_900), [0, 1, 2, 2], {}),
        ((1, 34, 1_035), [0, 1, 0], {'gap': 1}),
        # A bag that starts again, twice.
        ((5_000, 5_033, 10, 43, 5, 38), [0, 1, 0, 1, 0, 1], {'backward_stamp': 2}),
        # The same image again reads no memory of itself.
        ((1, 1, 34), [0, 0, 1], {}),
        # A driver that does not stamp.
        ((0, 0, 0), [0, 0, 0], {}),
    ],
)
def test_stamps_alone_decide_what_is_remembered(stamps_ms, depths, resets):
    with live_node(segmenter()) as node, peer('confidence') as camera:
        answers = [camera.ask(image_message(ms * MS), 'confidence') for ms in stamps_ms]
        assert [memory_read(answer) for answer in answers] == depths
        assert only(node)['resets'] == resets


def test_images_without_stamps_are_told(capfd):
    with live_node(segmenter()), peer('mask') as camera:
        camera.ask(image_message(0))
    assert '/segmentation/image_raw have no stamp' in capfd.readouterr().err


@pytest.mark.parametrize('field', ['sec', 'nanosec'])
def test_a_stamp_that_is_no_time_is_a_bad_message(field):
    bad = image_message(MS)
    setattr(bad.header.stamp, field, -1 if field == 'sec' else 4_000_000_000)
    with live_node(segmenter()) as node, peer('mask') as camera:
        camera.send(bad)
        camera.wait(lambda: only(node)['bad_messages'] == {'stamp': 1}, 'the stamp is counted')
        camera.ask(image_message(2 * MS))


def tick(end, publisher, node, time_ns):
    """Set the simulated time and wait until the node has it."""

    def is_set():
        message = Clock()
        message.clock.sec, message.clock.nanosec = split_stamp(time_ns)
        publisher.publish(message)
        return node.get_clock().now().nanoseconds == time_ns

    end.wait(is_set, f'the node has the time {time_ns}')


def test_a_simulated_clock_that_goes_back_clears_the_memory_also_of_cameras_with_their_own():
    with live_node(segmenter(), use_sim_time=True) as node, peer('confidence') as camera:
        clock = camera.node.create_publisher(Clock, '/clock', 1)
        tick(camera, clock, node, 100 * S)
        stamps = iter(range(MS, S, 33 * MS))

        def depth():
            return memory_read(camera.ask(image_message(next(stamps)), 'confidence'))

        assert [depth(), depth()] == [0, 1]
        tick(camera, clock, node, 101 * S)
        assert depth() == 2
        tick(camera, clock, node, 3 * S)
        camera.wait(lambda: only(node)['resets'] == {'clock_jump': 1}, 'the jump is counted')
        assert [depth(), depth()] == [0, 1]


def test_old_images_are_told_by_the_simulated_clock():
    with (
        live_node(segmenter(), use_sim_time=True, stale_after_s=1.0) as node,
        peer('mask') as camera,
    ):
        clock = camera.node.create_publisher(Clock, '/clock', 1)
        tick(camera, clock, node, 100 * S)
        camera.ask(image_message(100 * S - 900 * MS))
        camera.send(image_message(100 * S - 800 * MS - 300 * MS))
        camera.wait(lambda: only(node)['dropped']['stale'] == 1, 'the old image is dropped')
