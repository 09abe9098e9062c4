"""
Print frames per second on one core: ``python -m time2general_ros.synthetic.benchmark``.

Processor time is measured, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
from statistics import median
import time

import cv2

from time2general_ros.synthetic.drive import Drive
from time2general_ros.synthetic.weather import WEATHERS


def frame_times(drive: Drive, frames: int) -> list[float]:
    """Return the processor seconds of each frame at 30 Hz, after one to warm up."""
    drive.render(0.0)
    times = []
    for index in range(1, frames + 1):
        start = time.process_time()
        drive.render(index / 30)
        times.append(time.process_time() - start)
    return times


def main() -> None:
    """Print a line for each weather."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--size', default='480x640', help='height x width (default: 480x640)')
    parser.add_argument('--frames', type=int, default=45, help='frames of each drive')
    parser.add_argument('--seeds', type=int, default=4, help='number of drives')
    args = parser.parse_args()
    height, width = (int(side) for side in args.size.split('x'))
    cv2.setNumThreads(1)
    print(f'{"weather":<14}{"median fps":>12}{"mean fps":>12}')
    for weather in WEATHERS:
        times = [
            seconds
            for seed in range(args.seeds)
            for seconds in frame_times(Drive(seed, (height, width), weather), args.frames)
        ]
        print(f'{weather:<14}{1 / median(times):>12.1f}{len(times) / sum(times):>12.1f}')


if __name__ == '__main__':
    main()
