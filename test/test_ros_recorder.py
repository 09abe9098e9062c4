"""Recording image topics as they come off the wire."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import numpy as np
import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from ros_harness import PROJECT, image_message, ros_context
from sensor_msgs.msg import Image

from time2general_ros.bags.bag_error import BagError
from time2general_ros.bags.reader import BagReader
from time2general_ros.bags.writer import BagWriter
from time2general_ros.ros.programs.recorder import Recorder, main

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


def test_diagnostics_are_recorded_at_the_time_of_the_newest_image(tmp_path):
    with ros_context() as context, BagWriter(tmp_path / 'masks.mcap') as writer:
        node = Node('segmenter', context=context)
        recorder = Recorder(node, writer, TOPICS[:1], diagnostics=True)
        mask = node.create_publisher(Image, TOPICS[0], 1)
        said = node.create_publisher(DiagnosticArray, '/diagnostics', 1)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        heard = []
        others = node.create_subscription(DiagnosticArray, '/diagnostics', heard.append, 10)
        for stamps in (None, 3, 4):
            if stamps is not None:
                mask.publish(image_message(stamps * 10**9))
                while recorder.counts[TOPICS[0]] < stamps - 2:
                    executor.spin_once(timeout_sec=0.1)
            count = len(heard)
            while len(heard) == count:
                said.publish(DiagnosticArray(status=[DiagnosticStatus(name=str(stamps))]))
                executor.spin_once(timeout_sec=0.1)
            # What is on its way still belongs to the same image.
            for _ in range(20):
                executor.spin_once(timeout_sec=0.01)
        node.destroy_subscription(others)
        node.destroy_node()
    with BagReader(tmp_path / 'masks.mcap') as bag:
        told = {(m.log_time_ns, m.message.status[0].name) for m in bag.messages('/diagnostics')}
    assert told == {(3 * 10**9, '3'), (4 * 10**9, '4')}


def test_recording_ends_whole_at_sigterm(tmp_path):
    path = tmp_path / 'masks.mcap'
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    assert main([*TOPICS, '--out', str(path)]) == 0
    timer.join()
    with BagReader(path) as bag:
        assert list(bag.raw_messages()) == []


def test_a_killed_recorder_leaves_what_it_recorded(tmp_path):
    path = tmp_path / 'masks.mcap'
    command = [sys.executable, '-m', 'time2general_ros.ros.programs.recorder', TOPICS[0]]
    recorder = subprocess.Popen([*command, '--out', str(path)], cwd=PROJECT)
    with ros_context() as context:
        node = Node('segmenter', context=context)
        publisher = node.create_publisher(Image, TOPICS[0], 20)
        sent = 0
        # A message that is read is one that was flushed.
        while recorded(path) < 3:
            assert recorder.poll() is None
            publisher.publish(image_message(sent * 10**6))
            sent += 1
            time.sleep(0.05)
        recorder.kill()
        recorder.wait()
        assert 3 <= recorded(path) <= sent
        node.destroy_node()


def recorded(path):
    """Number of messages in a bag, which may be unfinished."""
    try:
        with BagReader(path) as bag:
            return sum(1 for _ in bag.messages(TOPICS[0]))
    except BagError:
        return 0


def test_an_unwritable_output_is_an_error(tmp_path, capfd):
    (tmp_path / 'file').write_text('')
    assert main([*TOPICS, '--out', str(tmp_path / 'file' / 'masks.mcap')]) == 1
    assert 'masks.mcap' in capfd.readouterr().err
