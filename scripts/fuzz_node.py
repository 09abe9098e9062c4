"""
Send damaged image messages to a node in a process of its own and say what became of them.

Valid images go in between and must be answered, at the end those of odd sizes, two of each, which
pass on to the live flicker. The counters that the node leaves behind must be those that the
decoder gives here. Once for each image transport.
"""

from __future__ import annotations

import argparse
from array import array
from collections import Counter
from dataclasses import replace
import json
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

import cv2
from fuzz_messages import outcome, to_message
from hypothesis import HealthCheck, Phase, given, seed, settings
from message_mutations import (
    CompressedMutant,
    Header,
    RawMutant,
    compressed_mutants,
    odd_images,
    raw_mutants,
)
import numpy as np

os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ.setdefault('ROS_DOMAIN_ID', str(random.SystemRandom().randint(1, 100)))

import rclpy
from sensor_msgs.msg import CompressedImage, Image  # type: ignore[import-untyped]

PATIENCE_S = 120.0
# For the node to take a message before the next one comes, which would supersede it.
PAUSE_S = 0.03
VALID_EVERY = 5
NAMESPACE = '/fuzz'
TOPICS = {
    'raw': (f'{NAMESPACE}/image_raw', Image, raw_mutants),
    'compressed': (f'{NAMESPACE}/image_raw/compressed', CompressedImage, compressed_mutants),
}


class Camera:
    """Sends messages to the node and counts the masks that come back."""

    def __init__(self, topic: str, message_type: type) -> None:
        self.sent = 0
        self._stamps: list[int] = []
        self._node = rclpy.create_node('fuzz', namespace=NAMESPACE)
        self._publisher: rclpy.publisher.Publisher[Any] = self._node.create_publisher(
            message_type, topic, 10
        )
        self._type = message_type
        self._node.create_subscription(Image, 'mask', self._on_mask, 50)

    def _on_mask(self, mask: Image) -> None:
        self._stamps.append(mask.header.stamp.sec)

    def wait_for_node(self, node: subprocess.Popen[bytes]) -> None:
        """Send valid images until the first mask comes."""
        self._wait(lambda: self._publisher.get_subscription_count() > 0, node)
        while not self._stamps:
            self.send(self.valid(1))
            self._spin(0.5)
            if node.poll() is not None:
                raise SystemExit('the node ended before its first mask')

    def valid(self, stamp_s: int) -> Any:
        """Make a message that any decoder takes."""
        return self.packed(RawMutant(48, 64, 'mono8', 0, 64, bytes(48 * 64), Header(sec=stamp_s)))

    def packed(self, image: RawMutant) -> RawMutant | CompressedMutant:
        """Give a valid grey image the form of this transport."""
        if self._type is Image:
            return image
        pixels = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width)
        data = cv2.imencode('.png', pixels)[1].tobytes()
        return CompressedMutant('png', data, image.header)

    def send(self, mutant: RawMutant | CompressedMutant) -> None:
        """Publish the fields of a mutant."""
        fields = {name: value for name, value in vars(mutant).items() if name != 'header'}
        message = self._type(**(fields | {'data': array('B', mutant.data)}))
        message.header.stamp.sec = mutant.header.sec
        message.header.stamp.nanosec = mutant.header.nanosec
        message.header.frame_id = mutant.header.frame_id
        self._publisher.publish(message)
        self.sent += 1

    def send_and_pause(self, mutant: RawMutant | CompressedMutant) -> None:
        """Publish and give the node the time to look at it."""
        self.send(mutant)
        self._spin(PAUSE_S)

    def ask(self, mutant: RawMutant | CompressedMutant, node: subprocess.Popen[bytes]) -> None:
        """Publish and wait for the mask."""
        count = len(self._stamps)
        self.send(mutant)
        self._wait(lambda: len(self._stamps) > count, node)

    def _spin(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            rclpy.spin_once(self._node, timeout_sec=left)

    def _wait(self, condition: Any, node: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if node.poll() is not None or time.monotonic() > end:
                raise SystemExit(f'no answer; exit code of the node: {node.poll()}')
            rclpy.spin_once(self._node, timeout_sec=0.05)

    def close(self) -> None:
        """Leave the network."""
        self._node.destroy_node()


def draw(strategy: Any, count: int, number: int) -> list[Any]:
    """Draw examples of a strategy, the same ones for the same number."""
    drawn: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Any) -> None:
        drawn.append(example)

    collect()
    return drawn


def fuzz(transport: str, count: int, number: int, folder: Path) -> dict[str, Any]:
    """Send the messages and compare what was expected with the report of the node."""
    topic, message_type, strategy = TOPICS[transport]
    report, log = folder / f'{transport}.json', folder / f'{transport}.log'
    with log.open('wb') as file:
        node = subprocess.Popen(_command(transport, topic, report), stdout=file, stderr=file)
    camera = Camera(topic, message_type)
    expected: Counter[str] = Counter()
    try:
        camera.wait_for_node(node)
        for index, mutant in enumerate(draw(strategy(), count, number)):
            verdict = outcome(to_message(mutant, mutant.data))
            if isinstance(verdict, str):
                expected[verdict] += 1
                camera.send_and_pause(mutant)
            else:
                camera.ask(mutant, node)
            if index % VALID_EVERY == 0:
                camera.ask(camera.valid(index), node)
        for index, image in enumerate(odd_images()):
            camera.ask(camera.packed(replace(image, header=Header(1000, index))), node)
        camera.ask(camera.valid(count), node)
        node.send_signal(signal.SIGINT)
        code = node.wait(PATIENCE_S)
    except BaseException:
        print(log.read_text(errors='replace')[-4000:], file=sys.stderr)
        raise
    finally:
        node.kill()
        camera.close()
    assert code == 0, f'the node ended with exit code {code}'
    return _judge(json.loads(report.read_text())['cameras'][topic], camera.sent, expected)


def _command(transport: str, topic: str, report: Path) -> list[str]:
    parameters = {
        'image_transport': transport,
        'report_path': report,
        f'qos_overrides.{topic}.subscription.reliability': 'reliable',
        f'qos_overrides.{topic}.subscription.depth': 100,
    }
    options = [part for item in parameters.items() for part in ('-p', '{}:={}'.format(*item))]
    program = [sys.executable, '-m', 'time2general_ros.ros.main']
    return [*program, '--ros-args', '-r', f'__ns:={NAMESPACE}', *options]


def _judge(counters: dict[str, Any], sent: int, expected: Counter[str]) -> dict[str, Any]:
    """Compare the counters of the node with what was sent and what the decoder gives here."""
    dropped, bad = counters['dropped'], Counter(counters['bad_messages'])
    superseded = dropped['superseded']
    assert counters['frames_in'] == sent, (counters, sent)
    assert sent == counters['frames_out'] + sum(dropped.values()), counters
    assert bad.total() == dropped['bad_message'], counters
    assert not bad - expected, (counters, expected)
    assert (expected - bad).total() <= superseded <= sent // 4, (counters, expected)
    assert not dropped['failed'], counters
    return {
        'sent': sent,
        'answered': counters['frames_out'],
        'bad_message': counters['bad_messages'],
        'dropped': {cause: number for cause, number in dropped.items() if number},
    }


def main() -> None:
    """Fuzz a node with each image transport."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=500, help='damaged messages in all')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    rclpy.init()
    with TemporaryDirectory() as folder:
        for transport in TOPICS:
            result = fuzz(transport, args.count // len(TOPICS), args.seed, Path(folder))
            print(json.dumps({transport: result}))
    rclpy.shutdown()


if __name__ == '__main__':
    main()
