"""What the node says and does when its topics are not connected as they should be."""

from __future__ import annotations

import time

import cv2
import numpy as np
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ros_harness import image_message, live_node, peer, ros_context, segmenter, stderr_in
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image

from time2general_ros.ros.node import SegmentationNode

MS = 1_000_000


def wait_for(end, log, text):
    end.wait(lambda: text in log.read_text(), f'the node says {text!r}')
    return log.read_text()


def test_a_best_effort_camera_is_taken_by_default():
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    setting = {'qos_overrides./segmentation/image_raw.subscription.reliability': 'best_effort'}
    with live_node(segmenter(), **setting) as node, peer('mask') as end:
        camera = end.node.create_publisher(Image, 'image_raw', best_effort)
        end.wait(lambda: camera.get_subscription_count() > 0, 'the node subscribes')
        stamps = iter(range(MS, 10**12, MS))

        def send_until_answered():
            camera.publish(image_message(next(stamps)))
            return bool(end.received['mask'])

        end.wait(send_until_answered, 'an answer')
        (snapshot,) = node.statistics.values()
        assert snapshot['frames_in'] > 0


def test_a_camera_that_offers_too_little_is_told_with_the_parameter_to_set(tmp_path):
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    with (
        stderr_in(tmp_path) as log,
        live_node(segmenter()),
        ros_context() as context,
        peer() as end,
    ):
        camera = Node('camera', namespace='segmentation', context=context)
        camera.create_publisher(Image, 'image_raw', best_effort)
        parameter = 'qos_overrides./segmentation/image_raw.subscription.reliability'
        wait_for(end, log, f'start the node with {parameter} set to best_effort')
        camera.destroy_node()


def test_a_listener_that_asks_too_much_is_told_with_the_parameter_to_set(tmp_path):
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    parameter = 'qos_overrides./segmentation/mask.publisher.durability'
    with (
        stderr_in(tmp_path) as log,
        live_node(segmenter(), **{parameter: 'volatile'}),
        peer() as end,
    ):
        end.node.create_subscription(Image, 'mask', print, latched)
        wait_for(end, log, f'start the node with {parameter} set to transient_local')


def test_that_parameter_helps():
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    setting = {'qos_overrides./segmentation/mask.publisher.durability': 'transient_local'}
    with live_node(segmenter(), **setting), peer('confidence') as end:
        end.ask(image_message(MS), 'confidence')
        late: list[Image] = []
        end.node.create_subscription(Image, 'mask', late.append, latched)
        end.wait(lambda: bool(late), 'the mask published before')
        assert late[0].header.stamp.nanosec == MS


def qos_of_a_node(context, overrides):
    """Give the reliability and durability of each topic of a node with some overrides."""
    node = SegmentationNode(
        make_plan=lambda _parameters: segmenter(),
        context=context,
        parameter_overrides=[Parameter(name, value=value) for name, value in overrides.items()],
    )
    parameters = node.get_parameters_by_prefix('qos_overrides')
    node.close()
    node.destroy_node()
    return {
        f'qos_overrides.{name}': parameter.value
        for name, parameter in parameters.items()
        if name.endswith(('durability', 'reliability'))
    }


def test_an_override_leaves_the_other_topics_and_the_next_node_alone():
    overrides = {
        'qos_overrides./segmentation/image_raw.subscription.reliability': 'reliable',
        'qos_overrides./segmentation/mask.publisher.durability': 'transient_local',
    }
    with ros_context() as context:
        overridden = qos_of_a_node(context, overrides)
        plain = qos_of_a_node(context, {})
    assert overridden == {**plain, **overrides}
    assert {plain[name] for name in overrides} == {'best_effort', 'volatile'}


def test_silence_is_told_with_the_topics_that_do_have_images(tmp_path):
    with (
        stderr_in(tmp_path) as log,
        live_node(segmenter(), no_image_warning_s=0.1),
        ros_context() as context,
    ):
        other = Node('other_camera', context=context)
        other.create_publisher(Image, '/front/image_raw', 1)
        with peer() as end:
            end.disconnect()
            said = wait_for(end, log, 'images are published on /front/image_raw')
            assert 'on /segmentation/image_raw, publishers: 0' in said
            assert 'remap image_raw' in said
            # The outputs of the node itself are no cameras.
            assert 'images are published on /front/image_raw\n' in said.replace('\x1b[0m', '')
        other.destroy_node()


def test_a_silent_camera_of_several_is_told_what_it_could_take(tmp_path):
    with (
        stderr_in(tmp_path) as log,
        live_node(segmenter(), cameras=['rear'], no_image_warning_s=0.1),
        ros_context() as context,
    ):
        other = Node('other_camera', context=context)
        other.create_publisher(CompressedImage, '/cam/image_raw/compressed', 1)
        with peer(connect=False) as end:
            raw = 'remap rear/image_raw; images are published on /segmentation/image_raw; '
            offer = 'with image_transport compressed there would be /cam/image_raw/compressed'
            wait_for(end, log, raw + offer)
        other.destroy_node()


def simulated(folder, **parameters):
    return stderr_in(folder), live_node(
        segmenter(), use_sim_time=True, no_image_warning_s=0.1, **parameters
    )


def test_silence_is_not_told_while_simulated_time_stands_still(tmp_path):
    log, node = simulated(tmp_path)
    with log as said, node, ros_context() as context, peer('mask') as end:
        player = Node('player', context=context)
        publisher = player.create_publisher(Clock, '/clock', 1)
        now = Clock()
        now.clock.sec = 1000

        def send(step_ns):
            now.clock.nanosec += step_ns
            publisher.publish(now)

        end.wait(lambda: 'no time for' in said.read_text(), 'the node misses the time')
        assert 'no image for' not in said.read_text()
        stands_until = time.monotonic() + 1.5
        end.wait(lambda: send(0) or time.monotonic() > stands_until)
        assert 'no image for' not in said.read_text()
        end.wait(lambda: send(5 * MS) or 'no image for' in said.read_text(), 'the silence is told')
        player.destroy_node()


def test_silence_of_an_existing_camera_points_to_qos(tmp_path):
    with stderr_in(tmp_path) as log, live_node(segmenter(), no_image_warning_s=0.1), peer() as end:
        said = wait_for(end, log, 'fastdds.xml')
        assert 'publishers: 1; ' in said
        assert 'ros2 topic info' in said


def test_silence_is_not_told_when_the_warning_is_off(capfd):
    with live_node(segmenter(), no_image_warning_s=0.0), peer('mask') as end:
        end.ask(image_message(MS))
        deadline = end.node.get_clock().now().nanoseconds + 1_200 * MS
        end.wait(lambda: end.node.get_clock().now().nanoseconds > deadline)
    assert 'no image for' not in capfd.readouterr().err


def test_compressed_images_are_answered_at_their_size():
    pixels = np.zeros((40, 64, 3), np.uint8)
    _, data = cv2.imencode('.png', pixels)
    topic = '/segmentation/image_raw/compressed'
    settings = {
        'image_transport': 'compressed',
        f'qos_overrides.{topic}.subscription.reliability': 'reliable',
    }
    with live_node(segmenter(), **settings) as node, ros_context() as context:
        camera = Node('camera', namespace='segmentation', context=context)
        publisher = camera.create_publisher(CompressedImage, topic, 5)
        answers: list[Image] = []
        with peer('mask', connect=False) as end:
            answers = end.received['mask']
            end.wait(lambda: publisher.get_subscription_count() > 0, 'the node subscribes')
            message = CompressedImage(format='png', data=data.tobytes())
            message.header.stamp.sec, message.header.frame_id = 7, 'front'
            publisher.publish(message)
            end.wait(lambda: bool(answers), 'an answer')
            assert answers[0].header == message.header
            assert (answers[0].width, answers[0].height) == (64, 40)
            message.data = data.tobytes()[:-30]
            publisher.publish(message)
            end.wait(
                lambda: node.statistics[topic]['bad_messages'] == {'decode': 1},
                'the cut-off image is counted',
            )
        camera.destroy_node()
