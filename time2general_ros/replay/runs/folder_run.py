"""What a replay into a folder is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from time2general_ros.replay.outputs.camera_outputs import OutputOptions
    from time2general_ros.replay.runs.run_identity import RunIdentity
    from time2general_ros.replay.segmenting import FrameSegmenter
    from time2general_ros.replay.sources.source import Copied, Picture, Source


@dataclass(frozen=True)
class FolderRun:
    """
    A run and where its results go.

    :param out: The folder.
    :param segmenters: By memory mode, the main one first.
    :param identity: What the results depend on.
    :param with_flow: Measure along optical flow.
    :param batch: Images of different cameras that one step takes.
    :param engine_threads: CPU threads of the engine, if they were chosen.
    :param admit: Decides which images are segmented; see :meth:`~.live.LiveRecording.admit`.
    :param live: What a live node said of itself, if masks are its.
    :param say: Is told what a user should know of, in one line.
    :param on_frame: Called after each image with the number done and the number in all.
    """

    out: Path
    sources: Sequence[Source]
    segmenters: Mapping[str, FrameSegmenter]
    identity: RunIdentity
    outputs: OutputOptions
    with_flow: bool = True
    batch: int = 1
    engine_threads: int | None = None
    admit: Callable[[Picture | Copied], Picture | Copied] = lambda item: item
    live: Mapping[str, Any] | None = None
    say: Callable[[str], None] = lambda line: None
    on_frame: Callable[[int, int], None] = lambda done, total: None
