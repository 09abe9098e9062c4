"""The segmenters of a replay, by their mode of memory."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from time2general_ros.cli.options.model import BOTH
from time2general_ros.replay.segmenting import FrameSegmenter

if TYPE_CHECKING:
    from time2general_ros.replay.sources.source import Source


def segmenters_of(
    args: argparse.Namespace, segmenter: FrameSegmenter
) -> dict[str, FrameSegmenter]:
    """Return the segmenters by memory mode; the second of two shares the engine of the first."""
    if args.memory != BOTH:
        return {args.memory: segmenter}
    segmenters = {'on': segmenter}
    return {**segmenters, 'off': alone(segmenters, args.max_gap)}


def alone(segmenters: Mapping[str, FrameSegmenter], max_gap_s: float) -> FrameSegmenter:
    """Return the segmenter without memory; make one that shares the engine if there is none."""
    from time2general_ros.streaming.segmenter import Segmenter

    segmenter = next(iter(segmenters.values()))
    assert isinstance(segmenter, Segmenter)
    memoryless = Segmenter(segmenter.engine, max_gap_s=max_gap_s, use_memory=False)
    return segmenters.get('off', memoryless)


def most_cameras(sources: Sequence[Source]) -> int:
    """Return how many cameras the source of most of them has."""
    return max(len(source.topics) for source in sources)


def size_of_batch(segmenters: Mapping[str, FrameSegmenter]) -> int:
    """Return how many images the engine takes at once."""
    engine = getattr(next(iter(segmenters.values())), 'engine', None)
    return engine.batch if engine else 1
