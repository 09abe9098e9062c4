"""
Milliseconds of each stage from camera bytes to mask messages, as JSON.

It needs only what every version of the package has, so that PYTHONPATH chooses which is measured.
"""

from __future__ import annotations

import argparse
from array import array
import json
from statistics import median
import sys
from time import perf_counter
from types import SimpleNamespace

import numpy as np

from time2general_ros.messages.decode import decode
from time2general_ros.messages.encode import mono8_fields
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.frame import Frame
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter

SIZES = ((480, 640), (1080, 1920))
ENCODINGS = ('rgb8', 'bgr8')
WARMUP = 10


def main() -> None:
    """Measure every size and encoding and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--frames', type=int, default=60, help='of each (default: 60)')
    parser.add_argument('--threads', type=int, default=2, help='of the engine (default: 2)')
    args = parser.parse_args()
    segmenter = Segmenter(create_engine('openvino', load_model_folder(), threads=args.threads))
    budget = {
        f'{height}x{width} {encoding}': _measure(segmenter, (height, width), encoding, args.frames)
        for height, width in SIZES
        for encoding in ENCODINGS
    }
    json.dump(budget, sys.stdout, indent=2)


def _measure(
    segmenter: Segmenter, size: tuple[int, int], encoding: str, frames: int
) -> dict[str, float]:
    message = _message(size, encoding)
    rounds = [_round(segmenter, message, number) for number in range(WARMUP + frames)]
    return {stage: median(r[stage] for r in rounds[WARMUP:]) for stage in rounds[0]}


def _message(size: tuple[int, int], encoding: str) -> SimpleNamespace:
    height, width = size
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return SimpleNamespace(
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=3 * width,
        data=array('B', pixels.tobytes()),
    )


def _round(segmenter: Segmenter, message: SimpleNamespace, number: int) -> dict[str, float]:
    camera = f'{message.height} {message.encoding}'
    began = perf_counter()
    image = decode(message)
    decoded = perf_counter()
    answer = segmenter.segment(Frame(image, number * 33_333_333, '', camera))
    segmented = perf_counter()
    mono8_fields(answer.class_ids)
    mono8_fields(answer.confidence)
    ended = perf_counter()
    return {
        'decode the message': 1e3 * (decoded - began),
        'resize and normalise': answer.times.preprocess_ms,
        'step': answer.times.step_ms,
        'enlarge ids and confidence': answer.times.postprocess_ms,
        'build two mask messages': 1e3 * (ended - segmented),
        'whole': 1e3 * (ended - began),
    }


if __name__ == '__main__':
    main()
