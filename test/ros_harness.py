"""A live node, a camera and a listener on real DDS, in one process or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import threading
import time
from typing import Any

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy', reason='ROS 2 (rclpy) is not installed')
pytest.importorskip('sensor_msgs', reason='ROS 2 (sensor_msgs) is not installed')

from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

from time2general_ros.messages.encode import rgb8_fields  # noqa: E402
from time2general_ros.messages.stamps import split_stamp  # noqa: E402
from time2general_ros.ros.engine.model_start import Plan  # noqa: E402
from time2general_ros.ros.node import SegmentationNode  # noqa: E402
from time2general_ros.ros.process import spin  # noqa: E402
from time2general_ros.streaming.engines.engine import EngineStep  # noqa: E402
from time2general_ros.streaming.model_folder import ModelFolder  # noqa: E402
from time2general_ros.streaming.segmenter import Segmenter  # noqa: E402

PATIENCE_S = 60.0
LOST_AFTER_S = 10.0
PROJECT = Path(__file__).parents[1]
ANSWERS = ('mask', 'confidence', 'overlay')

# Set before the first context: a domain of this process's own, images larger than 512 kB.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
os.environ['FASTDDS_DEFAULT_PROFILES_FILE'] = str(PROJECT / 'config' / 'fastdds.xml')


class Gate:
    """
    Hold the worker inside a frame until the test has seen what it wants.

    :param failures: So many frames raise an error instead.
    """

    def __init__(self, failures: int = 0) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()
        self._failures = failures

    def __call__(self) -> None:
        """Pass the gate, as the engine does before each frame."""
        self._reached.set()
        assert self._opened.wait(PATIENCE_S)
        if self._failures:
            self._failures -= 1
            raise RuntimeError('engine is out of order')

    def is_reached(self) -> bool:
        """Whether the worker stands before the gate or has passed."""
        return self._reached.is_set()

    def open(self) -> None:
        """Let this and all later frames pass."""
        self._opened.set()

    def open_when_closing(self, node: SegmentationNode) -> None:
        """Let the frame pass once the node refuses further ones."""
        close = node.close

        def open_and_close() -> None:
            threading.Timer(0.2, self.open).start()
            close()

        node.close = open_and_close  # type: ignore[method-assign]


class StandInEngine:
    """
    A network in name only.

    The class of a pixel is the brightness of its red; the confidence tells how much memory was
    read: 0 for none, then 102 for each earlier frame.
    """

    name = 'stand_in'
    model = ModelFolder(
        PROJECT,
        {
            'name': 'stand_in',
            'label_set': 'cityscapes19',
            'input': {'height': 24, 'width': 32},
            'memory': {'slots': 2, 'tokens': 1, 'width': 1},
        },
    )

    precision = 'f32'
    device = 'nowhere'
    channels_last = False

    def __init__(self, gate: Callable[[], None] | None, batch: int = 1) -> None:
        self.batch = batch
        self.batches: list[int] = []
        self.is_closed = False
        self._gate = gate

    def new_bank(self) -> Any:
        """Make a memory without content; what was read shows in the confidence."""
        return object()

    def step(self, images: Any, banks: Any, age_s: Any, valid: Any, write: Any) -> EngineStep:
        """Segment frames, once the gate is open."""
        self.batches.append(len(banks))
        if self._gate:
            self._gate()
        # Normalised values lie between -3 and 3.
        red = 3 * (images[:, 0, ::4, ::4] + 3)
        depth = np.float32(0.4) * valid.sum(axis=1)[:, None, None]
        return EngineStep(red.astype(np.uint8), np.broadcast_to(depth, red.shape))

    def device_memory_mb(self) -> float | None:
        """Tell nothing: it has none."""
        return None

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


class StandInPlan:
    """
    How the stand-in is started.

    :param gate: Called before each step.
    :param build: Called while the engine is being built.
    """

    engine_name = 'stand_in'

    def __init__(
        self,
        gate: Callable[[], None] | None = None,
        batch: int = 1,
        build: Callable[[], None] | None = None,
    ) -> None:
        self.engines: list[StandInEngine] = []
        self._gate = gate
        self._batch = batch
        self._build = build

    def labels_of(self, _camera: str) -> Any:
        """Give the classes of the stand-in."""
        return StandInEngine.model.labels

    def build(self, report: Callable[[str], None]) -> Segmenter:
        """Make a segmenter over the stand-in."""
        report('building the stand-in')
        if self._build:
            self._build()
        self.engines.append(StandInEngine(self._gate, self._batch))
        return Segmenter(self.engines[-1])


def segmenter(gate: Gate | None = None) -> StandInPlan:
    """Plan a segmenter over the stand-in."""
    return StandInPlan(gate)


@contextmanager
def ros_context(*arguments: str) -> Iterator[rclpy.Context]:
    context = rclpy.Context()
    context.init(['test', *arguments])
    try:
        yield context
    finally:
        context.try_shutdown()


def lossless(namespace: str = 'segmentation', cameras: Sequence[str] = ('',)) -> dict[str, str]:
    """
    Give the parameters with which no message is lost between two ends that are still connecting.

    An end may know of the other, and publish, before the other is ready. Reliable images are sent
    again, and answers that stay available reach a listener whenever it is ready.
    """
    settings = {}
    for camera in cameras:
        base = '/'.join(('qos_overrides.', *filter(None, (namespace, camera))))
        answers = f'{base}/segmentation' if camera else base
        settings[f'{base}/image_raw.subscription.reliability'] = 'reliable'
        for topic in ANSWERS:
            settings[f'{answers}/{topic}.publisher.durability'] = 'transient_local'
    return settings


@contextmanager
def live_node(
    plan: Plan | Callable[[Any], Plan],
    namespace: str = 'segmentation',
    arguments: tuple[str, ...] = (),
    *,
    wait: bool = True,
    **parameters: Any,
) -> Iterator[SegmentationNode]:
    """
    Run the node in a thread and a context of its own, lossless unless told otherwise.

    :param plan: The segmenter, or what makes its plan from the node's parameters.
    :param wait: Whether to wait for the engine of a node that starts by itself.
    """
    cameras = parameters.get('cameras', [''])
    parameters = {**lossless(namespace, cameras), **parameters}
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    with ros_context(*arguments) as context:
        node = SegmentationNode(
            make_plan=plan if callable(plan) else lambda _parameters: plan,
            namespace=namespace,
            context=context,
            parameter_overrides=overrides,
        )
        done = threading.Event()
        thread = threading.Thread(target=spin, args=(node, done.is_set, node.survive))
        thread.start()
        try:
            if wait and parameters.get('autostart', True):
                wait_for_engine(node)
            yield node
        finally:
            done.set()
            thread.join()
            node.close()
            node.destroy_node()


def wait_for_engine(node: SegmentationNode) -> None:
    """Wait until the node takes frames."""
    end = time.monotonic() + PATIENCE_S
    while not node.is_ready:
        assert time.monotonic() < end, 'gave up waiting for the engine'
        time.sleep(0.005)


def has_listener(node: SegmentationNode, topic: str) -> bool:
    """Whether the node is connected to a listener, without whom it makes no overlay."""
    name = node.resolve_topic_name(topic)
    return any(p.get_subscription_count() for p in node.publishers if p.topic_name == name)


class Peer:
    """A node at the other end: publishes images and keeps what comes back."""

    def __init__(self, context: rclpy.Context, namespace: str = 'segmentation') -> None:
        self.node = Node('peer', namespace=namespace, context=context)
        self.received: dict[str, list[Any]] = {}
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._camera = self.node.create_publisher(Image, 'image_raw', 10)

    def listen(self, topic: str, message_type: type = Image, *, latched: bool = True) -> None:
        """Subscribe, also to what was published before if the node keeps it."""
        self.received[topic] = []
        profile = QoSProfile(depth=200)
        if latched:
            profile.durability = DurabilityPolicy.TRANSIENT_LOCAL
        self.node.create_subscription(message_type, topic, self.received[topic].append, profile)

    def close(self) -> None:
        """Leave the network; an executor that still holds the node would keep it there."""
        self._executor.shutdown()
        self.node.destroy_node()

    def wait(self, condition: Callable[[], bool], what: str = 'condition') -> None:
        """Run callbacks until the condition holds."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f'gave up waiting: {what}'
            self._executor.spin_once(timeout_sec=0.02)

    def connect(self) -> None:
        """Wait until the node takes images."""
        self.wait(lambda: self._camera.get_subscription_count() > 0, 'the node subscribes')

    def disconnect(self) -> None:
        """Take the camera off the network, as a driver that stops does."""
        self.node.destroy_publisher(self._camera)

    def reconnect(self) -> None:
        """Bring the camera back."""
        self._camera = self.node.create_publisher(Image, 'image_raw', 10)
        self.connect()

    def send(self, message: Image) -> None:
        """Publish one image."""
        self._camera.publish(message)

    def call(self, service_type: type, name: str, request: Any) -> Any:
        """
        Call a service and give its answer.

        A service counts as ready when it is known, and a request before it is connected is lost.
        """
        client = self.node.create_client(service_type, name)
        self.wait(client.service_is_ready, f'the service {name}')
        answers = [client.call_async(request)]
        asked_s = time.monotonic()

        def is_answered() -> bool:
            nonlocal asked_s
            if time.monotonic() - asked_s > LOST_AFTER_S:
                answers.append(client.call_async(request))
                asked_s = time.monotonic()
            return any(answer.done() for answer in answers)

        self.wait(is_answered, f'the answer of {name}')
        self.node.destroy_client(client)
        return next(answer.result() for answer in answers if answer.done())

    def ask(self, message: Image, topic: str = 'mask') -> Image:
        """Publish one image and wait for its answer."""
        count = len(self.received[topic])
        self.send(message)
        self.wait(lambda: len(self.received[topic]) > count, f'an answer on {topic}')
        return self.received[topic][-1]


@contextmanager
def peer(*topics: str, namespace: str = 'segmentation', connect: bool = True) -> Iterator[Peer]:
    """Connect a camera to the live node of a namespace and listen to its topics."""
    with ros_context() as context:
        end = Peer(context, namespace)
        if connect:
            end.connect()
        for topic in topics:
            end.listen(topic)
        yield end
        end.close()


def image_message(stamp_ns: int, pixels: Any = None, frame_id: str = 'camera') -> Image:
    """Make a small rgb8 message."""
    if pixels is None:
        pixels = np.full((24, 32, 3), 90, np.uint8)
    message = Image(**rgb8_fields(pixels))
    message.header.stamp.sec, message.header.stamp.nanosec = split_stamp(stamp_ns)
    message.header.frame_id = frame_id
    return message


@contextmanager
def stderr_in(folder: Path) -> Iterator[Path]:
    """
    Give the file that takes what this process writes on stderr meanwhile.

    ``capfd`` cannot be read while a node is running: what is written while it rewinds and empties
    its file is lost.
    """
    path = folder / 'stderr'
    before = os.dup(2)
    target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(target, 2)
    os.close(target)
    try:
        yield path
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.write(2, path.read_bytes())
