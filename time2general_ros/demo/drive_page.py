"""The page of a demonstrated drive: what the live node made of it, beside single frames."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from time2general_ros.bags.synthesize import IMAGE_TOPIC, TRUTH_TOPIC
from time2general_ros.replay.live import LiveRecording
from time2general_ros.replay.outputs.camera_outputs import OutputOptions
from time2general_ros.replay.runs.folder_run import FolderRun
from time2general_ros.replay.runs.run_identity import RunIdentity, model_facts
from time2general_ros.replay.runs.to_folder import replay_to_folder
from time2general_ros.replay.sources.bag_source import BagOptions
from time2general_ros.replay.sources.open_source import SourceOptions, open_source
from time2general_ros.replay.views.page import write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from time2general_ros.replay.segmenting import FrameSegmenter
    from time2general_ros.streaming.segmenter import Segmenter

_COUNTS = ('frames_in', 'frames_out', 'dropped', 'bad_messages', 'resets', 'lost_in_transport')


@dataclass(frozen=True)
class DrivePage:
    """
    Where the parts of a demonstration lie.

    :param drive: Bag with images and truth.
    :param masks: Bag with the node's masks.
    :param results: Folder for the figures of every frame.
    :param page: The page.
    """

    drive: Path
    masks: Path
    results: Path
    page: Path

    def write(
        self,
        report: Mapping[str, Any],
        memory_off: Segmenter,
        on_frame: Callable[[int, int], None],
    ) -> None:
        """
        Measure the masks as a replay does, and write the page.

        :param report: What the node left behind about its camera.
        :param memory_off: Segments the same frames without memory, for comparison.
        :raises Time2GeneralError: if something cannot be written.
        """
        live = LiveRecording(self.masks, memory_off.labels)
        segmenters: dict[str, FrameSegmenter] = {'on': live, 'off': memory_off}
        options = SourceOptions(
            bag=BagOptions((IMAGE_TOPIC,)), labels=TRUTH_TOPIC, label_set=memory_off.labels
        )
        with closing(open_source(str(self.drive), options)) as source:
            settings = {'memory': [*segmenters], 'labels': TRUTH_TOPIC, 'live': live.fingerprint()}
            results = replay_to_folder(
                FolderRun(
                    self.results,
                    [source],
                    segmenters,
                    RunIdentity(settings, model_facts(memory_off.engine), [source]),
                    OutputOptions('png', overlay=True, diagnostics=True),
                    admit=live.admit,
                    live=_said(report, live.figures),
                    on_frame=on_frame,
                )
            )
            write_report(self.page, self.results, results, [source], segmenters)


def _said(report: Mapping[str, Any], figures: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Describe the live run as ``live`` in docs/replay.md, by the totals of the whole drive.

    :param figures: What of its diagnostics was recorded; None if nothing was.
    """
    counts = {key: report[key] for key in _COUNTS}
    for group, causes in counts.items():
        if isinstance(causes, dict):
            counts[group] = {cause: count for cause, count in causes.items() if count}
    whole = [{'time_ns': None, **report['latency_ms']}]
    return {**counts, 'latency_ms': figures['latency_ms'] if figures else whole}
