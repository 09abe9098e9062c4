"""The node under load: cameras, the node and a listener, each a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import signal
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

from time2general_ros.errors import Time2GeneralError
from time2general_ros.ros.load.listener import Arrival, Listener, listening, percentiles
from time2general_ros.timing.process_memory import rss_mb

_NAMESPACE = '/load'
_PATIENCE_S = 120.0
_SAMPLE_S = 1.0
_PARTS = 5
_COUNTERS = ('frames_in', 'frames_out', 'dropped', 'resets', 'latency_ms', 'stages_ms')


class LoadError(Time2GeneralError):
    """The node does not answer."""


@dataclass(frozen=True)
class LoadOptions:
    """
    What to put on the node.

    :param size: Height and width of the images.
    :param seconds: From when every camera has masks.
    :param parameters: Of the node, as in ``name:=value``.
    """

    cameras: int = 1
    rate_hz: float = 30.0
    size: tuple[int, int] = (480, 640)
    seconds: float = 60.0
    parameters: tuple[str, ...] = ()

    @property
    def namespaces(self) -> list[str]:
        """The namespace of each camera's images; of a single one, that of the node."""
        if self.cameras == 1:
            return [_NAMESPACE]
        return [f'{_NAMESPACE}/camera{index}' for index in range(self.cameras)]

    @property
    def masks(self) -> list[str]:
        """The topic of each camera's masks."""
        inner = '' if self.cameras == 1 else '/segmentation'
        return [f'{namespace}{inner}/mask' for namespace in self.namespaces]


@dataclass
class _Node:
    """The process of the node, and what it took of memory, in MB."""

    process: subprocess.Popen[bytes]
    report_path: Path
    rss_mb: list[float] = field(default_factory=list)

    def look(self) -> None:
        """Note its memory; raise LoadError if it has ended."""
        if (status := self.process.poll()) is not None:
            raise LoadError(f'the node ended with exit code {status}; what it said stands above')
        self.rss_mb.append(round(rss_mb(self.process.pid), 1))

    def stop(self) -> dict[str, Any]:
        """End it in order and give its report."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(_PATIENCE_S)
        report: dict[str, Any] = json.loads(self.report_path.read_text(encoding='utf-8'))
        return report


def measure_load(options: LoadOptions) -> dict[str, Any]:
    """
    Put a load on the node and account for every image.

    :returns: By camera what became of its images, by the report of the node, and latencies from
        stamp to arrival, of all and of fifths of the time, in ms; the memory of the node, in MB.
    :raises LoadError: if there are no masks in two minutes, or the node ends.
    """
    with ExitStack() as running:
        listener = running.enter_context(listening(options.masks))
        node = running.enter_context(_node(options))
        cameras = [running.enter_context(_camera(options, name)) for name in options.namespaces]
        _wait_for_masks(listener, node)
        # Latencies count from the first second after all cameras have masks.
        listener.listen(_SAMPLE_S)
        listener.forget()
        began_s = time.monotonic()
        node.rss_mb.clear()
        while (left_s := began_s + options.seconds - time.monotonic()) > 0:
            node.look()
            listener.listen(min(left_s, _SAMPLE_S))
        for camera in cameras:
            camera.terminate()
        # The node answers what is under way while the cameras leave.
        sent = [int(json.loads(camera.communicate()[0])['sent']) for camera in cameras]
        report = node.stop()
    by_camera = {}
    for namespace, topic, count in zip(options.namespaces, options.masks, sent, strict=True):
        arrivals = listener.arrivals[topic]
        by_camera[namespace] = {
            **_account(report['cameras'][f'{namespace}/image_raw'], count),
            'latency_from_stamp_ms': percentiles(arrivals),
            'parts': [percentiles(part) for part in _parts(arrivals, began_s)],
        }
    return {
        'rate_hz': options.rate_hz,
        'seconds': options.seconds,
        'size': list(options.size),
        'engine': report['engine'],
        'rss_mb': {'first': node.rss_mb[0], 'last': node.rss_mb[-1], 'most': max(node.rss_mb)},
        'cameras': by_camera,
    }


def _wait_for_masks(listener: Listener, node: _Node) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while not listener.has_all():
        node.look()
        if time.monotonic() > end_s:
            missing = [topic for topic, arrivals in listener.arrivals.items() if not arrivals]
            raise LoadError(f'no masks in {_PATIENCE_S:.0f} s on {", ".join(missing)}')
        listener.listen(0.1)


def _account(counters: dict[str, Any], sent: int) -> dict[str, Any]:
    answered = counters['frames_out'] + sum(counters['dropped'].values())
    return {
        'sent': sent,
        'lost_in_transport': sent - counters['frames_in'],
        'unaccounted': counters['frames_in'] - answered,
        **{name: counters[name] for name in _COUNTERS},
    }


def _parts(arrivals: list[Arrival], began_s: float) -> list[list[Arrival]]:
    """Divide arrivals into fifths of the time, whose latencies tell whether they grow."""
    span_s = max((arrival.when_s for arrival in arrivals), default=began_s) - began_s
    parts: list[list[Arrival]] = [[] for _ in range(_PARTS)]
    for arrival in arrivals:
        part = int(_PARTS * (arrival.when_s - began_s) / span_s) if span_s else 0
        parts[min(_PARTS - 1, part)].append(arrival)
    return parts


@contextmanager
def _node(options: LoadOptions) -> Iterator[_Node]:
    with TemporaryDirectory() as folder:
        report = Path(folder) / 'report.json'
        values = [f'report_path:={report}', *options.parameters]
        if options.cameras > 1:
            names = [namespace.rpartition('/')[2] for namespace in options.namespaces]
            values.append(f'cameras:=[{", ".join(names)}]')
        command = [sys.executable, '-m', 'time2general_ros.ros.main', '--ros-args']
        command += ['-r', f'__ns:={_NAMESPACE}']
        command += [word for value in values for word in ('-p', value)]
        with _process(command) as process:
            yield _Node(process, report)


def _camera(
    options: LoadOptions, namespace: str
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    numbers = (options.rate_hz, *options.size)
    command = [sys.executable, '-m', 'time2general_ros.ros.load.camera']
    return _process([*command, f'{namespace}/image_raw', *map(str, numbers)])


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process, what it prints in reach, and kill it in the end."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
