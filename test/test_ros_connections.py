"""What the node says and does when its topics are not connected as they should be."""

from __future__ import annotations

import cv2
import numpy as np
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ros_harness import image_message, live_node, peer, ros_context, segmenter
from sensor_msgs.msg import CompressedImage, Image

MS = 1_000_000


def wait_for(end, capfd, text):
    heard = []

    def is_said():
        heard.append(capfd.readouterr().err)
        return text in ''.join(heard)

    end.wait(is_said, f'the node says {text!r}')
    return ''.join(heard)


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


def test_a_camera_that_offers_too_little_is_told_with_the_parameter_to_set(capfd):
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    with live_node(segmenter()), ros_context() as context, peer() as end:
        camera = Node('camera', namespace='segmentation', context=context)
        camera.create_publisher(Image, 'image_raw', best_effort)
        parameter = 'qos_overrides./segmentation/image_raw.subscription.reliability'
        said = wait_for(end, capfd, parameter)
        assert f'{parameter} to best_effort' in said
        camera.destroy_node()


def test_a_listener_that_asks_too_much_is_told_with_the_parameter_to_set(capfd):
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    with live_node(segmenter()), peer() as end:
        end.node.create_subscription(Image, 'mask', print, latched)
        parameter = 'qos_overrides./segmentation/mask.publisher.durability'
        assert f'{parameter} to transient_local' in wait_for(end, capfd, parameter)


def test_that_parameter_helps():
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    setting = {'qos_overrides./segmentation/mask.publisher.durability': 'transient_local'}
    with live_node(segmenter(), **setting), peer('confidence') as end:
        end.ask(image_message(MS), 'confidence')
        late: list[Image] = []
        end.node.create_subscription(Image, 'mask', late.append, latched)
        end.wait(lambda: bool(late), 'the mask published before')
        assert late[0].header.stamp.nanosec == MS


def test_silence_is_told_with_the_topics_that_do_have_images(capfd):
    with live_node(segmenter(), no_image_warning_s=0.1), ros_context() as context:
        other = Node('other_camera', context=context)
        other.create_publisher(Image, '/front/image_raw', 1)
        with peer() as end:
            end.disconnect()
            said = wait_for(end, capfd, 'images are published on /front/image_raw')
            assert 'on /segmentation/image_raw, publishers: 0' in said
            assert 'remap image_raw' in said
        other.destroy_node()


def test_silence_of_an_existing_camera_points_to_qos(capfd):
    with live_node(segmenter(), no_image_warning_s=0.1), peer() as end:
        said = wait_for(end, capfd, 'publishers: 1; ')
        assert 'ros2 topic info' in said
        assert 'fastdds.xml' in said


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
