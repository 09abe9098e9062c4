"""Playing the images of a bag as a camera driver would."""

from __future__ import annotations

import threading
import time

import cv2
import numpy as np
import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from ros_harness import ros_context
from sensor_msgs.msg import Image

from time2general_ros.bags.image_messages import compressed_message, mono8_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.ros.programs.player import BagPlayer, main

PERIOD_NS = 20_000_000
START_NS = 1_700_000_000_000_000_000
TOPIC = '/camera/image_raw'


@pytest.fixture
def bag(tmp_path):
    path = tmp_path / 'drive.mcap'
    with BagWriter(path) as writer:
        for index in range(12):
            stamp = START_NS + index * PERIOD_NS
            picture = np.full((24, 32, 3), 20 * index, np.uint8)
            _, data = cv2.imencode('.jpg', picture)
            # The third image is cut off.
            jpeg = data.tobytes()[:-40] if index == 2 else data.tobytes()
            image = compressed_message(jpeg, 'jpeg', stamp, 'front')
            writer.write('/front/compressed', 'sensor_msgs/msg/CompressedImage', stamp, image)
            truth = mono8_message(picture[..., 0], stamp, 'front')
            writer.write('/front/truth', 'sensor_msgs/msg/Image', stamp, truth)
    return path


@pytest.fixture
def received():
    """Listen to the camera topic in a thread."""
    messages: list[Image] = []
    done = threading.Event()
    with ros_context() as context:
        node = Node('listener', context=context)
        node.create_subscription(Image, TOPIC, messages.append, 50)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)

        def listen():
            while not done.is_set():
                executor.spin_once(timeout_sec=0.05)

        thread = threading.Thread(target=listen)
        thread.start()
        yield messages
        done.set()
        thread.join()
        executor.shutdown()
        node.destroy_node()


def play(bag, *more):
    return main([str(bag), '--topic', '/front/compressed', '--image-topic', TOPIC, *more])


def test_the_images_arrive_raw_with_their_headers_at_their_pace(bag, received, capfd):
    start_ns = time.monotonic_ns()
    assert play(bag) == 0
    assert time.monotonic_ns() - start_ns >= 11 * PERIOD_NS
    expected = [START_NS + index * PERIOD_NS for index in range(12) if index != 2]
    for _ in range(200):
        if len(received) == len(expected):
            break
        time.sleep(0.05)
    stamps = [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in received]
    assert stamps == expected
    assert {m.header.frame_id for m in received} == {'front'}
    assert {(m.encoding, m.width, m.height, m.step) for m in received} == {('rgb8', 32, 24, 96)}
    assert abs(received[-1].data[0] - 220) <= 2
    output = capfd.readouterr()
    assert 'played 11 images' in output.out
    assert 'left out an image' in output.err


def test_nobody_listening_is_an_error(bag, capfd):
    assert play(bag, '--wait-s', '0.1') == 1
    assert f'nobody subscribed to {TOPIC} within 0.1 s; start the node' in capfd.readouterr().err


def test_a_missing_topic_is_an_error_that_lists_those_that_exist(bag, capfd):
    assert main([str(bag), '--topic', '/rear', '--image-topic', TOPIC]) == 1
    error = capfd.readouterr().err
    assert '/rear' in error
    assert '/front/compressed' in error


def test_playing_stops_when_asked(bag):
    stop = threading.Event()
    stop.set()
    with ros_context() as context:
        node = Node('player', context=context)
        assert BagPlayer(node, bag, '/front/compressed', TOPIC).play(stop) == 0
        node.destroy_node()


def test_waiting_for_a_subscriber_ends_when_asked(bag):
    stop = threading.Event()
    stop.set()
    with ros_context() as context:
        node = Node('camera', context=context)
        BagPlayer(node, bag, '/front/compressed', '/nobody').wait_for_subscriber(3600.0, stop)
        node.destroy_node()
