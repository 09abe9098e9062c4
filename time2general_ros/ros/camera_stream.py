"""One camera: its images come in here, and its masks go out."""

from __future__ import annotations

from dataclasses import dataclass
import threading
import time
from typing import TYPE_CHECKING, Any

from sensor_msgs.msg import CompressedImage, Image  # type: ignore[import-untyped]

from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.decode import decode
from time2general_ros.messages.stamps import NS_PER_S, stamp_ns
from time2general_ros.ros.parameters import IMAGE_TRANSPORT, OVERLAY_ALPHA, STALE_AFTER_S
from time2general_ros.ros.publishers import SegmentationPublishers
from time2general_ros.ros.qos import input_qos, overridable, subscription_events
from time2general_ros.ros.stream_statistics import Drop, StreamStatistics
from time2general_ros.streaming.frame import Frame

if TYPE_CHECKING:
    from rclpy.node import Node

    from time2general_ros.ros.mailbox import Mailbox
    from time2general_ros.ros.parameter_server import ParameterServer
    from time2general_ros.streaming.segmenter import Segmenter

REQUEST = 'request'
_LOG_EVERY_S = 5.0
_TRANSPORTS: dict[str, tuple[str, type]] = {
    'raw': ('', Image),
    'compressed': ('/compressed', CompressedImage),
}


@dataclass(frozen=True)
class Arrival:
    """A message and when the node got it, in nanoseconds of the monotonic clock."""

    message: Any
    received_ns: int


class CameraStream:
    """
    The subscription, publishers and counters of one camera.

    Messages are only put into the mailbox when they arrive; everything that takes time happens in
    :meth:`process`, which the worker calls.

    :param name: Key of the camera's memory and prefix of its topics; empty for a single camera.
    """

    def __init__(
        self,
        name: str,
        node: Node,
        parameters: ParameterServer,
        segmenter: Segmenter,
        mailbox: Mailbox[Arrival],
    ) -> None:
        self.name = name
        self.statistics = StreamStatistics()
        self.last_arrival_ns = time.monotonic_ns()
        self._node = node
        self._parameters = parameters
        self._segmenter = segmenter
        self._mailbox = mailbox
        self._reset_requested = threading.Event()
        prefix = f'{name}/' if name else ''
        self._publishers = SegmentationPublishers(node, prefix, segmenter.labels.colours)
        suffix, message_type = _TRANSPORTS[parameters.read(IMAGE_TRANSPORT)]
        topic = f'{prefix}image_raw'
        # Remapping image_raw moves the compressed topic along, as image_transport does.
        self.topic = node.resolve_topic_name(topic) + suffix
        self._subscription = node.create_subscription(
            message_type,
            self.topic,
            self._on_message,
            input_qos(),
            qos_overriding_options=overridable(),
            event_callbacks=subscription_events(self.topic, node.get_logger()),
        )

    @property
    def output_topics(self) -> tuple[str, ...]:
        """The resolved names of the topics that answers are published on."""
        return self._publishers.topics

    def request_reset(self) -> None:
        """Have the worker clear the camera's memory before the next frame."""
        self._reset_requested.set()

    def _on_message(self, message: Any) -> None:
        received_ns = time.monotonic_ns()
        self.last_arrival_ns = received_ns
        self.statistics.received()
        if self._mailbox.put(self.name, Arrival(message, received_ns)) is not None:
            self.statistics.dropped(Drop.SUPERSEDED)

    def process(self, arrival: Arrival) -> None:
        """Answer one message, or count why it gets no answer."""
        message = arrival.message
        try:
            stamp = stamp_ns(message.header)
            if self._is_stale(stamp):
                self.statistics.dropped(Drop.STALE)
                return
            image = decode(message)
        except BadImageError as error:
            self.statistics.bad_message(error.reason)
            self._log_throttled(f'dropped an image on {self.topic}: {error}')
            return
        if self._reset_requested.is_set():
            self._reset_requested.clear()
            self._segmenter.reset(self.name, REQUEST)
            self.statistics.reset(REQUEST)
        frame = Frame(image, stamp, message.header.frame_id, self.name)
        segmentation = self._segmenter.segment(frame)
        if segmentation.reset:
            self.statistics.reset(segmentation.reset)
        self._publishers.publish(
            message.header, image, segmentation, self._parameters.read(OVERLAY_ALPHA)
        )
        self.statistics.published(arrival.received_ns, time.monotonic_ns())

    def fail(self, error: Exception) -> None:
        """Count and log a frame whose processing raised an error."""
        self.statistics.dropped(Drop.FAILED)
        self._log_throttled(f'could not answer an image on {self.topic}: {error!r}')

    def _is_stale(self, stamp: int) -> bool:
        limit_s = self._parameters.read(STALE_AFTER_S)
        age_ns = self._node.get_clock().now().nanoseconds - stamp
        return limit_s > 0.0 and age_ns > limit_s * NS_PER_S

    def _log_throttled(self, text: str) -> None:
        self._node.get_logger().error(text, throttle_duration_sec=_LOG_EVERY_S)
