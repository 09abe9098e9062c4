"""Videos of one's own that nobody labelled, as takes to learn stability from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from time2general_ros.data.sets.videos import UnlabelledVideo, video_files
from time2general_ros.data.takes import Take, reduced
from time2general_ros.data.video_frames import VideoFrames
from time2general_ros.labels.label_set import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Pieces of each video, evenly through it, and their length: 16 s of a camera of 24 Hz.
PIECES = 6
PIECE_FRAMES = 64


def footage_takes(paths: Sequence[Path], frames: int) -> list[Take]:
    """
    Read pieces of videos, reduced to 640x360.

    :param paths: Files, or folders of ``*.mp4``; frames: length of the clips to come.
    :raises DataError: if one cannot be read.
    """
    return [
        take
        for path in paths
        for file in video_files(path)
        for take in _pieces(file, len(UnlabelledVideo(file)), frames)
    ]


def _pieces(file: Path, length: int, frames: int) -> list[Take]:
    starts = {*np.linspace(0, max(0, length - PIECE_FRAMES), PIECES).astype(int).tolist()}
    video = VideoFrames(file)
    nothing = np.full((1, 1), UNLABELLED, np.uint8)
    kept = {
        index: reduced(frame, nothing, np.zeros((1, 1), np.uint8))
        for index, frame in enumerate(video)
        if any(start <= index < start + PIECE_FRAMES for start in starts)
    }
    takes = []
    for start in sorted(starts):
        parts = [kept[i] for i in range(start, start + PIECE_FRAMES) if i in kept]
        if len(parts) >= frames:
            images, labels, weights = (np.stack(part) for part in zip(*parts, strict=True))
            takes.append(Take(images, labels, weights, video.rate_hz))
    return takes
