"""One camera: its images come in here, and its masks go out."""

from __future__ import annotations

from dataclasses import dataclass
import threading
import time
from typing import TYPE_CHECKING, Any

from sensor_msgs.msg import CompressedImage, Image  # type: ignore[import-untyped]

from time2general_ros.errors import one_line
from time2general_ros.messages.bad_image import BadImageError
from time2general_ros.messages.stamps import stamp_ns
from time2general_ros.ros.cameras.camera_info import CameraInfoRelay
from time2general_ros.ros.cameras.inputs import (
    COMPRESSED,
    IMAGE,
    CameraInputs,
    output_prefix,
    own_name,
)
from time2general_ros.ros.cameras.intake import Intake
from time2general_ros.ros.cameras.publishers import SegmentationPublishers
from time2general_ros.ros.cameras.qos import input_qos, overridable, subscription_events
from time2general_ros.ros.cameras.throttled_log import ThrottledLog
from time2general_ros.ros.parameters.declared import KEEP_MEMORY_WARM, OVERLAY_ALPHA
from time2general_ros.ros.statistics.stamp_latency import stamp_latency_ms
from time2general_ros.ros.statistics.stream_statistics import Drop, StreamState, StreamStatistics
from time2general_ros.streaming.live_flicker import LiveFlicker

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from rclpy.lifecycle import LifecycleNode

    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.ros.engine.mailbox import Mailbox
    from time2general_ros.ros.parameters.server import ParameterServer
    from time2general_ros.streaming.frame import Frame, Segmentation

_NS_PER_MS = 1e6
_REFUSALS = {
    StreamState.INACTIVE: Drop.INACTIVE,
    StreamState.DISABLED: Drop.DISABLED,
    StreamState.NO_SUBSCRIBER: Drop.NO_SUBSCRIBER,
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
    :meth:`prepare` and :meth:`finish`, which the worker calls.

    :param inputs: The camera and its topics; its name is the key of its memory.
    :param scope: Leaves the topics when it is closed.
    :param statistics: Gives the counters of an input topic, which outlive the stream.
    :param is_engine_ready: Tells whether frames that wait are being taken.
    """

    def __init__(
        self,
        inputs: CameraInputs,
        node: LifecycleNode,
        parameters: ParameterServer,
        labels: LabelSet,
        mailbox: Mailbox[Arrival],
        scope: ExitStack,
        *,
        statistics: Callable[[str], StreamStatistics],
        is_engine_ready: Callable[[], bool],
    ) -> None:
        self.name = inputs.camera
        self.transport = inputs.transport
        self._node = node
        self._parameters = parameters
        self._mailbox = mailbox
        self._is_engine_ready = is_engine_ready
        self._is_active = False
        self._is_enabled = True
        self._reset_requested = threading.Event()
        self._publishing = threading.Lock()
        self._flicker = LiveFlicker()
        self._log = ThrottledLog(node.get_logger())
        prefix = output_prefix(self.name)
        self.labels = labels
        self._publishers = SegmentationPublishers(node, scope, prefix, labels.colours)
        self._camera_info = CameraInfoRelay(node, scope, inputs.camera_info, prefix)
        self.topic: str = inputs.image.topic
        self.statistics = statistics(self.topic)
        self.last_arrival_ns = time.monotonic_ns()
        subscription = node.create_subscription(
            CompressedImage if inputs.transport == COMPRESSED else Image,
            inputs.image.name,
            self._on_message,
            input_qos(),
            qos_overriding_options=overridable(),
            event_callbacks=subscription_events(
                self.topic, node.get_logger(), on_lost=self.statistics.lost
            ),
        )
        # Whatever was foreseen, this is where the images come from.
        self.topic = subscription.topic_name
        self._intake = Intake(
            self.name, self.topic, node.get_clock(), parameters, self.statistics, self._log
        )
        scope.callback(node.destroy_subscription, subscription)
        scope.callback(self.statistics.set_state, StreamState.INACTIVE)
        self.update_state()

    @property
    def input_name(self) -> str:
        """What a remapping rule for its images starts from."""
        return own_name(self.name, IMAGE)

    @property
    def output_topics(self) -> tuple[str, ...]:
        """The resolved names of the topics that answers are published on."""
        return self._publishers.topics

    @property
    def is_expecting(self) -> bool:
        """Whether images ought to arrive."""
        return self._is_active and self._is_enabled

    def activate(self) -> None:
        """Answer images from now on."""
        self._is_active = True
        self.last_arrival_ns = time.monotonic_ns()
        self.update_state()

    def deactivate(self) -> None:
        """Answer no more images, not even the one in hand, and forget the earlier ones."""
        with self._publishing:
            self._is_active = False
        self._withdraw(Drop.INACTIVE)
        self.request_reset('deactivate')
        self.update_state()

    def enable(self, is_enabled: bool) -> None:
        """Switch the camera on or off."""
        self._is_enabled = is_enabled
        self.last_arrival_ns = time.monotonic_ns()
        if not is_enabled:
            self._withdraw(Drop.DISABLED)
        self.update_state()

    def request_reset(self, cause: str) -> None:
        """Count a reset and have the worker clear the camera's memory before the next frame."""
        self.statistics.reset(cause)
        self._reset_requested.set()

    def update_state(self) -> StreamState:
        """Find out whether an image would be answered now."""
        if not self._is_active:
            state = StreamState.INACTIVE
        elif not self._is_enabled:
            state = StreamState.DISABLED
        elif not (self._publishers.are_wanted or self._camera_info.is_wanted):
            state = StreamState.NO_SUBSCRIBER
        else:
            state = StreamState.ACTIVE
        self.statistics.set_state(state)
        return state

    def take_reset(self) -> bool:
        """Tell whether the memory has to be cleared before the next frame, once."""
        is_requested = self._reset_requested.is_set()
        if is_requested:
            self._reset_requested.clear()
            self._flicker = LiveFlicker()
        return is_requested

    def prepare(self, arrival: Arrival) -> Frame | None:
        """
        Decode a message.

        :returns: The frame; None if there is none worth segmenting, which is counted.
        """
        return self._intake.frame(arrival.message)

    def finish(self, arrival: Arrival, frame: Frame, segmentation: Segmentation) -> None:
        """Publish the answer to a frame, or count why it goes no further."""
        for cause in segmentation.resets:
            self.statistics.reset(cause)
        self.statistics.answered(segmentation)
        is_published = False
        try:
            is_published = self._publish(arrival, frame, segmentation)
        finally:
            # After publishing, so that the mask does not wait for it. Frames that go no further
            # are seen too, lest the next one is compared across them or across their reset.
            self._compare(segmentation, frame, is_told=is_published)

    def _publish(self, arrival: Arrival, frame: Frame, segmentation: Segmentation) -> bool:
        """Publish an answer and count it, or why it is not published."""
        began_ns = time.monotonic_ns()
        with self._publishing:
            refusal = _REFUSALS.get(self.update_state())
            if refusal is not None:
                self.statistics.dropped(refusal)
                return False
            header = arrival.message.header
            alpha = self._parameters.read(OVERLAY_ALPHA)
            self._publishers.publish(header, frame.image, segmentation, alpha)
            self._camera_info.publish(header)
        ended_ns = time.monotonic_ns()
        self.statistics.published(
            arrival.received_ns,
            ended_ns,
            publish_ms=(ended_ns - began_ns) / _NS_PER_MS,
            stamp_latency_ms=stamp_latency_ms(self._node.get_clock(), frame.stamp_ns),
        )
        return True

    def _compare(self, segmentation: Segmentation, frame: Frame, *, is_told: bool) -> None:
        """Estimate the flicker of an answer; an error of the estimate is none of the frame."""
        try:
            share = self._flicker.update(segmentation, frame)
        except Exception as error:
            self._flicker = LiveFlicker()
            self._log.error('flicker', f'no live flicker of {self.topic}: {one_line(error)}')
        else:
            if is_told and share is not None:
                self.statistics.flickered(share)

    def fail(self, error: Exception) -> None:
        """Count and log a frame whose processing raised an error."""
        self.statistics.dropped(Drop.FAILED)
        self._log.error('failed', f'could not answer an image on {self.topic}: {error!r}')

    def _on_message(self, message: Any) -> None:
        arrival = Arrival(message, time.monotonic_ns())
        self.last_arrival_ns = arrival.received_ns
        self.statistics.received(_stamp(message))
        try:
            self._leave(arrival)
        except Exception as error:
            self.fail(error)

    def _leave(self, arrival: Arrival) -> None:
        """Put a message into the mailbox, or count why not."""
        refusal = _REFUSALS.get(self.update_state())
        if refusal is Drop.NO_SUBSCRIBER and self._parameters.read(KEEP_MEMORY_WARM):
            refusal = None
        if refusal is not None:
            self.statistics.dropped(refusal)
            return
        replaced = self._mailbox.put(self.name, arrival)
        if replaced is arrival:
            self.statistics.dropped(Drop.SHUTDOWN)
        elif replaced is not None:
            is_ready = self._is_engine_ready()
            self.statistics.dropped(Drop.SUPERSEDED if is_ready else Drop.ENGINE_BUILDING)

    def _withdraw(self, cause: Drop) -> None:
        if self._mailbox.withdraw(self.name) is not None:
            self.statistics.dropped(cause)


def _stamp(message: Any) -> int | None:
    """Give the stamp of a message; None if it has none that can be used."""
    try:
        return stamp_ns(message.header) or None
    except BadImageError:
        return None
