"""A replay into a folder, as the commands ``replay`` and ``fleet`` ask for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import cv2

from time2general_ros.cli.options.replay_modes import (
    alone,
    most_cameras,
    segmenters_of,
    size_of_batch,
)
from time2general_ros.cli.options.replay_sources import open_sources, settings_of
from time2general_ros.replay.outputs.camera_outputs import OutputOptions
from time2general_ros.replay.segmenting import FrameSegmenter

if TYPE_CHECKING:
    from time2general_ros.replay.live import LiveRecording

OpenModel = Callable[[argparse.Namespace, int], FrameSegmenter]
# What of the model's description a live node tells.
LIVE_ENGINE = ('engine', 'precision', 'device')


def replay_into_folder(
    args: argparse.Namespace,
    open_model: OpenModel,
    say: Callable[[str], None],
    on_frame: Callable[[int, int], None],
    checksums: Mapping[str, str],
) -> dict[str, Any]:
    """
    Replay the sources of the arguments into a folder; see :class:`.FolderRun`.

    :param open_model: Makes the segmenter, for so many cameras at once.
    :param checksums: As :func:`.replay_sources.checksums_of` gives them.
    :returns: What ``results.json`` holds.
    :raises Time2GeneralError: if a source, the model or the folder is unusable.
    """
    from time2general_ros.replay.runs.folder_run import FolderRun
    from time2general_ros.replay.runs.results import REPORT
    from time2general_ros.replay.runs.run_identity import RunIdentity, model_facts
    from time2general_ros.replay.runs.to_folder import replay_to_folder
    from time2general_ros.replay.views.page import write_report
    from time2general_ros.streaming.segmenter import Segmenter

    if args.rerun:
        from time2general_ros.replay.views.rerun_file import write_rerun

    one_thread_a_stage()
    with ExitStack() as opened:
        sources = open_sources(args, opened, say, to_bag=False)
        segmenter = open_model(args, most_cameras(sources))
        assert isinstance(segmenter, Segmenter)
        segmenters = segmenters_of(args, segmenter)
        memoryless = alone(segmenters, args.max_gap)
        settings, model = settings_of(args, segmenters, checksums), model_facts(segmenter.engine)
        # Masks of a live node stand in place of the model's.
        live = _live(args, segmenter)
        if live:
            segmenters = {**segmenters, next(iter(segmenters)): live}
            settings['live'] = live.fingerprint()
            model |= {key: (live.figures or {}).get(key, 'unknown') for key in LIVE_ENGINE}
        identity = RunIdentity(settings, model, sources)
        results = replay_to_folder(
            FolderRun(
                args.out,
                sources,
                segmenters,
                identity,
                OutputOptions(args.masks, overlay=True, diagnostics=True),
                with_flow=args.flow,
                batch=size_of_batch(segmenters),
                engine_threads=args.threads,
                admit=live.admit if live else lambda item: item,
                live=live.figures if live else None,
                say=say,
                on_frame=on_frame,
            )
        )
        if args.rerun:
            write_rerun(args.rerun, args.out, results, sources, segmenter.labels)
        page = args.out / REPORT
        # A page of before knows nothing of a recording of Rerun.
        if args.rerun or not page.exists():
            modes = {**segmenters, 'off': memoryless}
            write_report(page, args.out, results, sources, modes, args.rerun)
    return results


def _live(args: argparse.Namespace, segmenter: FrameSegmenter) -> LiveRecording | None:
    if args.live is None:
        return None
    from time2general_ros.replay.live import LiveRecording

    return LiveRecording(args.live, segmenter.labels)


def one_thread_a_stage() -> None:
    """
    Let OpenCV work in the thread that calls it.

    Reading, steps, figures and writing have a thread each. OpenCV's own wait busily for more, on
    the cores that those need: 2 to 4 ms of a frame on two cores.
    """
    cv2.setNumThreads(1)
