"""How the flicker that the node estimates without labels follows the flicker by labels."""

from __future__ import annotations

import argparse
from copy import copy
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from time2general_ros.cli.options.model import add_model_options, open_segmenter
from time2general_ros.cli.options.scoring import parse_strides
from time2general_ros.data.specs import open_data
from time2general_ros.evaluation.consistency import ConsistencyMeter
from time2general_ros.labels.cityscapes import street_labels
from time2general_ros.labels.relations import merge_table
from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.live_flicker import LiveFlicker

if TYPE_CHECKING:
    from time2general_ros.data.labelled_video import LabelledVideos


class Row(NamedTuple):
    """One run: shares of 0 to 1, and the median time of an estimate in milliseconds."""

    memory: str
    stride: int
    by_label: float
    live: float
    cost_ms: float


def main() -> None:
    """Run the model with and without memory at every stride and print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('data', help='as of time2general evaluate')
    parser.add_argument('--split', default='val')
    parser.add_argument('--strides', type=parse_strides, default=(1, 2, 3, 5))
    add_model_options(parser)
    args = parser.parse_args()
    data = open_data(args.data, args.split)
    rows = [
        measure(args, data, memory, stride) for memory in ('on', 'off') for stride in args.strides
    ]
    print('| Memory | Stride | Flicker by labels | Live estimate |\n|---|---|---|---|')
    for row in rows:
        print(f'| {row.memory} | {row.stride} | {row.by_label:.2%} | {row.live:.2%} |')
    by_label, live = (np.array([row[column] for row in rows]) for column in (2, 3))
    error = np.abs(live - by_label).mean()
    print(
        f'Correlation over the runs {np.corrcoef(by_label, live)[0, 1]:.3f}, mean difference '
        f'{error:.2%}; an estimate takes {np.median([row.cost_ms for row in rows]):.2f} ms'
    )


def measure(args: argparse.Namespace, data: LabelledVideos, memory: str, stride: int) -> Row:
    """Show every stride-th frame to a segmenter and compare its answers."""
    options = copy(args)
    options.memory = memory
    segmenter, merge = open_segmenter(options), merge_table(street_labels(), data.label_set)
    meter, shares, times_ms = ConsistencyMeter((2,)), [], []
    for video in data.videos:
        segmenter.reset('')
        meter.start_video()
        live = LiveFlicker()
        for index in range(0, len(video), stride):
            labelled = video.frame(index)
            frame = Frame(labelled.image, labelled.stamp_ns)
            answer = segmenter.segment(frame)
            began = time.perf_counter()
            share = live.update(answer, frame)
            times_ms.append(1e3 * (time.perf_counter() - began))
            if share is not None:
                shares.append(share)
            meter.add(labelled.labels, merge[answer.class_ids])
    segmenter.close()
    by_label = meter.scores(2).flicker
    if by_label is None or not shares:
        raise SystemExit(f'{args.data} has no two consecutive frames to compare')
    return Row(memory, stride, by_label, float(np.mean(shares)), float(np.median(times_ms)))


if __name__ == '__main__':
    main()
