"""The drive through the live node: three processes, as on a vehicle."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
import json
import os
from pathlib import Path
import time
from typing import Any

from time2general_ros.demo.child import Child
from time2general_ros.demo.demo_error import DemoError
from time2general_ros.ros.own_graph import own_graph

IMAGE_TOPIC = '/camera/image_raw'
MASK_TOPIC = '/segmentation/mask'
CONFIDENCE_TOPIC = '/segmentation/confidence'

_START_S = 60.0
_ENGINE_READY = 'is ready after'
# More than any frame in hand takes to be answered and recorded.
_SETTLE_S = 1.0


@dataclass(frozen=True)
class LiveRun:
    """
    Play a bag to the node in real time and record its masks.

    :param bag: The drive.
    :param source: Image topic of the drive.
    :param seconds: How long the drive lasts.
    :param masks: Where the masks go, ``NAME.mcap``.
    :param logs: Folder for what the processes print.
    :param model: Model folder; None for the one shipped.
    """

    bag: Path
    source: str
    seconds: float
    masks: Path
    logs: Path
    model: Path | None
    engine: str

    def run(self) -> dict[str, Any]:
        """
        Run the processes.

        :returns: The node's report on its camera, and the ``engine`` that it ran.
        :raises DemoError: if a process fails or no mask arrives.
        """
        report = self.logs / 'node_report.json'
        report.unlink(missing_ok=True)
        environment = self._environment()
        with ExitStack() as running:
            node = running.enter_context(self._node(report, environment))
            recorder = running.enter_context(self._recorder(environment))
            recorder.wait_for_line('connected', _START_S, node)
            node.wait_for_line(_ENGINE_READY, _START_S, recorder)
            player = running.enter_context(self._player(environment))
            player.wait(_START_S + 2 * self.seconds, node, recorder)
            time.sleep(_SETTLE_S)
            recorder.stop()
            node.stop()
            return self._read_report(report, node)

    def _environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            **own_graph(),
            'ROS_LOG_DIR': str(self.logs),
        }

    def _node(self, report: Path, environment: Mapping[str, str]) -> Child:
        values: dict[str, object] = {'report_path': report.resolve(), 'engine': self.engine}
        if self.model:
            values['model_path'] = self.model.resolve()
        arguments = ['--ros-args', '-r', f'image_raw:={IMAGE_TOPIC}']
        for name, value in values.items():
            arguments += ['-p', f'{name}:={value}']
        return Child('time2general_ros.ros.main', arguments, self.logs / 'node.log', environment)

    def _recorder(self, environment: Mapping[str, str]) -> Child:
        arguments = [MASK_TOPIC, CONFIDENCE_TOPIC, '--diagnostics', '--out', str(self.masks)]
        program = 'time2general_ros.ros.programs.recorder'
        return Child(program, arguments, self.logs / 'recorder.log', environment)

    def _player(self, environment: Mapping[str, str]) -> Child:
        arguments = [str(self.bag), '--topic', self.source, '--image-topic', IMAGE_TOPIC]
        program = 'time2general_ros.ros.programs.player'
        return Child(program, arguments, self.logs / 'player.log', environment)

    @staticmethod
    def _read_report(report: Path, node: Child) -> dict[str, Any]:
        content = json.loads(report.read_text())
        camera: dict[str, Any] = content['cameras'][IMAGE_TOPIC]
        if not camera['frames_out']:
            raise DemoError(
                f'the node answered none of the {camera["frames_in"]} images it got; {node.tail()}'
            )
        return {**camera, 'engine': content['engine']['name']}
