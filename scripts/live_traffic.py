"""
A live node, cameras and a listener, each in a process of its own, for figures on a machine.

As a program it is one camera: `live_traffic.py TOPIC RATE WIDTH HEIGHT SECONDS`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
import json
import os
from pathlib import Path
import random
import signal
import struct
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ.setdefault('ROS_DOMAIN_ID', str(random.SystemRandom().randint(1, 100)))
os.environ['FASTDDS_DEFAULT_PROFILES_FILE'] = str(
    Path(__file__).resolve().parents[1] / 'config' / 'fastdds.xml'
)

import numpy as np
import rclpy
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from time2general_ros.scoped import Scoped

PROJECT = Path(__file__).resolve().parents[1]
NAMESPACE = '/live'
PATIENCE_S = 120.0
PICTURES = 12


def base_of(camera: str) -> str:
    """Give the namespace of a camera's topics."""
    return f'{NAMESPACE}/{camera}' if camera else NAMESPACE


def mask_topic(camera: str) -> str:
    """Give the topic of a camera's masks."""
    return f'{base_of(camera)}/segmentation/mask' if camera else f'{NAMESPACE}/mask'


class LiveNode(Scoped):
    """
    The segmentation node as a process; a context manager that kills it.

    :param parameters: Values of the node's parameters.
    """

    def __init__(self, cameras: list[str], parameters: dict[str, Any]) -> None:
        self._folder = TemporaryDirectory()
        self._report = Path(self._folder.name) / 'report.json'
        values = {'report_path': self._report, **parameters}
        if cameras != ['']:
            values['cameras'] = f'[{", ".join(cameras)}]'
        given = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
        self._command = [sys.executable, '-m', 'time2general_ros.ros.main', '--ros-args']
        self._command += ['-r', f'__ns:={NAMESPACE}', *given]
        self.start()

    def start(self) -> None:
        """Start the process, as whoever respawns it does."""
        self.process = subprocess.Popen(self._command, cwd=PROJECT)

    def leave(self, *, failed: bool) -> None:
        """Kill the process."""
        del failed
        self.process.kill()
        self.process.wait()
        self._folder.cleanup()

    def stop(self) -> dict[str, Any]:
        """End the node in order and give its report."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE_S)
        report: dict[str, Any] = json.loads(self._report.read_text())
        return report


class Listener(Scoped):
    """Note when each mask arrives: (seconds of the monotonic clock, latency in ms)."""

    def __init__(self, cameras: Iterable[str]) -> None:
        rclpy.init()
        self._node = rclpy.create_node('listener')
        self.arrivals: dict[str, list[tuple[float, float]]] = {}
        for camera in cameras:
            arrivals = self.arrivals[camera] = []
            self._node.create_subscription(
                Image,
                mask_topic(camera),
                lambda data, arrivals=arrivals: self._note(arrivals, data),
                QoSProfile(depth=50),
                raw=True,
            )

    def leave(self, *, failed: bool) -> None:
        """Stop listening."""
        del failed
        self._node.destroy_node()
        rclpy.try_shutdown()

    def listen(self, seconds: float) -> None:
        """Take masks for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            rclpy.spin_once(self._node, timeout_sec=left)

    def wait_for_masks(self, process: subprocess.Popen[bytes]) -> None:
        """Take masks until every camera has one."""
        end = time.monotonic() + PATIENCE_S
        while not all(self.arrivals.values()):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f'no masks; exit code of the node: {process.poll()}')
            self.listen(0.1)

    def clear(self) -> None:
        """Forget what has arrived."""
        for arrivals in self.arrivals.values():
            arrivals.clear()

    @staticmethod
    def _note(arrivals: list[tuple[float, float]], data: bytes) -> None:
        sec, nanosec = struct.unpack_from('<iI', data, 4)
        arrivals.append((time.monotonic(), time.time() * 1e3 - sec * 1e3 - nanosec / 1e6))


def start_camera(
    camera: str, rate_hz: float, size: tuple[int, int], seconds: float
) -> subprocess.Popen[str]:
    """Start a camera as a process; it prints how many images it sent."""
    topic = f'{base_of(camera)}/image_raw'
    arguments = [topic, str(rate_hz), str(size[0]), str(size[1]), str(seconds)]
    return subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True
    )


def percentiles(arrivals: list[tuple[float, float]]) -> dict[str, float]:
    """Summarise latencies, in ms."""
    latencies = [latency for _, latency in arrivals]
    if not latencies:
        return {}
    shares = {'p50': 50, 'p95': 95, 'p99': 99, 'max': 100}
    return {name: round(float(np.percentile(latencies, q)), 2) for name, q in shares.items()}


def account(report: dict[str, Any], camera: str, sent: int) -> dict[str, Any]:
    """Say what became of every image of a camera, by the report of the node."""
    counters = report['cameras'][f'{base_of(camera)}/image_raw']
    kept = ('frames_in', 'frames_out', 'dropped', 'resets', 'latency_ms', 'stages_ms')
    answered = counters['frames_out'] + sum(counters['dropped'].values())
    return {
        'sent': sent,
        'lost_in_transport': sent - counters['frames_in'],
        'unaccounted': counters['frames_in'] - answered,
        **{name: counters[name] for name in kept},
    }


def main() -> None:
    """Be a camera."""
    topic, *numbers = sys.argv[1:]
    rate_hz, width, height, seconds = map(float, numbers)
    rclpy.init()
    node = rclpy.create_node('camera')
    publisher = node.create_publisher(Image, topic, QoSProfile(depth=5))
    noise = np.random.default_rng(1).integers(0, 256, (int(height), 2 * int(width), 3), np.uint8)
    messages = []
    for index in range(PICTURES):
        message = Image(height=int(height), width=int(width), encoding='rgb8')
        message.step = 3 * message.width
        view = noise[:, 8 * index : 8 * index + message.width]
        message.data = array('B', view.tobytes())
        messages.append(message)
    while not publisher.get_subscription_count():
        time.sleep(0.02)
    start, sent = time.monotonic(), 0
    while (due := sent / rate_hz) < seconds:
        time.sleep(max(0.0, start + due - time.monotonic()))
        message = messages[sent % PICTURES]
        stamp = time.time_ns()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
        publisher.publish(message)
        sent += 1
    time.sleep(1.0)
    print(json.dumps({'sent': sent}))


if __name__ == '__main__':
    main()
