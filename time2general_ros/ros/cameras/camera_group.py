"""All cameras of a configured node, with the thread that answers them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
import threading
from typing import TYPE_CHECKING

from time2general_ros.errors import Time2GeneralError, one_line
from time2general_ros.ros.cameras.camera_services import CameraServices
from time2general_ros.ros.cameras.camera_stream import Arrival, CameraStream
from time2general_ros.ros.cameras.inputs import (
    CameraInputs,
    InputError,
    camera_inputs,
    output_prefix,
    told,
)
from time2general_ros.ros.cameras.label_info import label_info_publisher
from time2general_ros.ros.cameras.serving import serve
from time2general_ros.ros.engine.mailbox import Mailbox
from time2general_ros.ros.engine.worker import Worker
from time2general_ros.ros.parameters.per_camera import read_transports
from time2general_ros.ros.statistics.stream_statistics import Drop, StreamStatistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rclpy.lifecycle import LifecycleNode

    from time2general_ros.ros.engine.model_start import Plan, Served
    from time2general_ros.ros.parameters.server import ParameterServer


class CameraGroup:
    """
    What a node has from its configuration to its clean-up: topics, services, and the engine.

    :param statistics: Gives the counters of an input topic.
    :param on_failure: Told, in the worker's thread, that there will be no engine.
    :param building: Shared by all groups of a node; see :class:`Worker`.
    :raises Time2GeneralError: if the cameras cannot take their topics; the message says why.
    """

    def __init__(
        self,
        node: LifecycleNode,
        parameters: ParameterServer,
        plan: Plan,
        *,
        statistics: Callable[[str], StreamStatistics],
        on_failure: Callable[[], None],
        building: threading.Lock,
    ) -> None:
        self._node = node
        self._parameters = parameters
        self._statistics = statistics
        self.streams: dict[str, CameraStream] = {}
        self._announcing = threading.Lock()
        self._is_announced = True
        self._mailbox: Mailbox[Arrival] = Mailbox()
        self.worker = Worker(
            plan,
            self._mailbox,
            self._serve,
            report=self._tell,
            on_ready=self._announce,
            on_failure=on_failure,
            building=building,
        )
        with ExitStack() as scope:
            for inputs in camera_inputs(node, read_transports(parameters), self._warn):
                with _told_of(inputs):
                    self._add(inputs, plan, scope)
            self._scope = scope.pop_all()
        self.worker.start()

    def _add(self, inputs: CameraInputs, plan: Plan, scope: ExitStack) -> None:
        name = inputs.camera
        labels = plan.labels_of(name)
        stream = self.streams[name] = CameraStream(
            inputs,
            self._node,
            self._parameters,
            labels,
            self._mailbox,
            scope,
            statistics=self._statistics,
            is_engine_ready=lambda: self.worker.is_ready,
        )
        label_info = label_info_publisher(self._node, output_prefix(name), labels)
        if label_info is not None:
            scope.callback(self._node.destroy_publisher, label_info)
        if name:
            CameraServices(self._node, scope, f'~/{name}/', lambda: [stream])

    def activate(self) -> None:
        """Answer images from now on."""
        for stream in self.streams.values():
            stream.activate()
        with self._announcing:
            self._is_announced = False
        self._announce()

    def deactivate(self) -> None:
        """Answer no more images and forget the earlier ones."""
        with self._announcing:
            self._is_announced = True
        for stream in self.streams.values():
            stream.deactivate()

    def close(self, cause: Drop, patience_s: float = 0.0) -> None:
        """
        Finish the images in hand, then leave the topics and free the engine.

        :param cause: Why those that still wait get no answer.
        :param patience_s: How long to wait for an engine that is being built.
        """
        for name in self.worker.stop(patience_s):
            self.streams[name].statistics.dropped(cause)
        self._scope.close()

    def _announce(self) -> None:
        """Say what is segmented, once the node is active and the engine is ready."""
        with self._announcing:
            if self._is_announced or not self.worker.is_ready:
                return
            self._is_announced = True
            for stream in self.streams.values():
                outputs = ', '.join(stream.output_topics)
                self._tell(f'segmenting {stream.topic} to {outputs}')

    def _tell(self, text: str) -> None:
        self._node.get_logger().info(text)

    def _warn(self, text: str) -> None:
        self._node.get_logger().warning(text)

    def _serve(self, segmenter: Served, arrivals: Mapping[str, Arrival]) -> None:
        serve(segmenter, self.streams, arrivals)


@contextmanager
def _told_of(inputs: CameraInputs) -> Iterator[None]:
    """
    Say of which camera the middleware refuses a topic, and what may be wrong with it.

    :raises InputError: for whatever rclpy raises of names and profiles, which it does not name.
    """
    try:
        yield
    except Time2GeneralError:
        raise
    except Exception as error:
        raise InputError(
            f'{told(inputs)} cannot have its topics beside {inputs.image.topic}: '
            f'{one_line(error)}; look at their names and at their qos_overrides (history, depth '
            'from 1, reliability: reliable or best_effort, durability: volatile or '
            'transient_local)'
        ) from error
