"""The segmentation node: camera images in, stable class masks out."""

from __future__ import annotations

from pathlib import Path
import time
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from std_srvs.srv import Trigger  # type: ignore[import-untyped]

from time2general_ros.ros.camera_stream import Arrival, CameraStream
from time2general_ros.ros.mailbox import Mailbox
from time2general_ros.ros.model_start import create_segmenter
from time2general_ros.ros.parameter_server import ParameterServer
from time2general_ros.ros.parameters import NO_IMAGE_WARNING_S, REPORT_PATH
from time2general_ros.ros.report import write_report
from time2general_ros.ros.stream_statistics import Drop, Snapshot
from time2general_ros.ros.watchdog import no_image_warning
from time2general_ros.ros.worker import Worker
from time2general_ros.streaming.segmenter import Segmenter

_WATCH_PERIOD_S = 0.5


class SegmentationNode(Node):
    """
    Segment the images of one camera and publish ``mask``, ``confidence`` and ``overlay``.

    The executor only receives; a worker thread decodes, segments and publishes. Topics are
    relative to the namespace, which is ``segmentation`` unless it is remapped.

    :param segmenter: Used in place of the one that the parameters describe.
    :param node_options: Keyword arguments of :class:`rclpy.node.Node`.
    :raises Time2GeneralError: if a parameter is refused or the model cannot be loaded.
    """

    def __init__(
        self,
        *,
        segmenter: Segmenter | None = None,
        namespace: str = 'segmentation',
        **node_options: Any,
    ) -> None:
        super().__init__('time2general', namespace=namespace, **node_options)
        self._parameter_server = ParameterServer(self)
        self._segmenter = segmenter or create_segmenter(self._parameter_server)
        self._mailbox: Mailbox[Arrival] = Mailbox()
        camera = CameraStream('', self, self._parameter_server, self._segmenter, self._mailbox)
        self._cameras = {camera.name: camera}
        self._worker = Worker(
            self._mailbox,
            lambda name, arrival: self._cameras[name].process(arrival),
            lambda name, error: self._cameras[name].fail(error),
        )
        self._worker.start()
        self.create_service(Trigger, '~/reset_memory', self._on_reset_memory)
        # On the steady clock, so that a simulated clock that stands still does not silence it.
        self.create_timer(
            _WATCH_PERIOD_S, self._watch, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )
        for camera in self._cameras.values():
            outputs = ', '.join(camera.output_topics)
            self.get_logger().info(f'segmenting {camera.topic} to {outputs}')

    @property
    def statistics(self) -> dict[str, Snapshot]:
        """The counters of every camera, by the resolved name of its input topic."""
        return {camera.topic: camera.statistics.snapshot() for camera in self._cameras.values()}

    def close(self) -> None:
        """
        Finish the frame in hand, count those that wait as dropped, and write the report.

        :raises Time2GeneralError: if the report cannot be written.
        """
        for name in self._worker.stop():
            self._cameras[name].statistics.dropped(Drop.SHUTDOWN)
        if path := self._parameter_server.read(REPORT_PATH):
            write_report(Path(path), self._parameter_server.read_all(), self.statistics)

    def _on_reset_memory(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        for camera in self._cameras.values():
            camera.request_reset()
        response.success = True
        response.message = f'cameras that start afresh at their next image: {len(self._cameras)}'
        return response

    def _watch(self) -> None:
        limit_s = self._parameter_server.read(NO_IMAGE_WARNING_S)
        if limit_s == 0.0:
            return
        for camera in self._cameras.values():
            silent_s = (time.monotonic_ns() - camera.last_arrival_ns) / 1e9
            if silent_s >= limit_s:
                text = no_image_warning(self, camera.topic, silent_s)
                self.get_logger().warning(text, throttle_duration_sec=limit_s)
