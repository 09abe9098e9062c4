"""Recording image topics as they come off the wire."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest
from rclpy.node import Node
from ros_harness import image_message, ros_context
from sensor_msgs.msg import Image

from time2general_ros.bags.reader import BagReader
from time2general_ros.ros.recorder import main

TOPICS = ('/segmentation/mask', '/segmentation/confidence')


@pytest.fixture
def masks():
    """Publish a few masks in a thread once the recorder listens."""
    sent = []
    done = threading.Event()
    with ros_context() as context:
        node = Node('segmenter', context=context)
        publishers = [node.create_publisher(Image, topic, 20) for topic in TOPICS]

        def publish():
            while not all(p.get_subscription_count() for p in publishers):
                if done.wait(0.02):
                    return
            for index in range(5):
                message = image_message(index * 10**9 + 7, np.full((8, 6, 3), index, np.uint8))
                sent.append(message)
                for publisher in publishers:
                    publisher.publish(message)
            done.wait()

        thread = threading.Thread(target=publish)
        thread.start()
        yield sent
        done.set()
        thread.join()
        node.destroy_node()


def check(path, sent):
    with BagReader(path) as bag:
        for topic in TOPICS:
            recorded = list(bag.messages(topic))
            assert len(recorded) == len(sent) == 5
            for message, original in zip(recorded, sent, strict=True):
                stamp = original.header.stamp
                assert message.log_time_ns == stamp.sec * 10**9 + stamp.nanosec
                assert message.message.header.frame_id == 'camera'
                assert bytes(message.message.data) == bytes(original.data)


def test_recording_ends_after_enough_messages(masks, tmp_path, capfd):
    path = tmp_path / 'masks.mcap'
    assert main([*TOPICS, '--out', str(path), '--count', '5']) == 0
    check(path, masks)
    assert f'recorded 5 messages of {TOPICS[0]}' in capfd.readouterr().out


def test_recording_ends_after_silence(masks, tmp_path):
    path = tmp_path / 'masks.mcap'
    assert main([*TOPICS, '--out', str(path), '--idle-s', '0.5']) == 0
    check(path, masks)


def test_recording_ends_whole_at_sigterm(tmp_path):
    path = tmp_path / 'masks.mcap'
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    assert main([*TOPICS, '--out', str(path)]) == 0
    timer.join()
    with BagReader(path) as bag:
        assert list(bag.raw_messages()) == []


def test_an_unwritable_output_is_an_error(tmp_path, capfd):
    (tmp_path / 'file').write_text('')
    assert main([*TOPICS, '--out', str(tmp_path / 'file' / 'masks.mcap')]) == 1
    assert 'masks.mcap' in capfd.readouterr().err
