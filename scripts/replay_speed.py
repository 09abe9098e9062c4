"""Images a second of a replay into a folder beside those of the bench, in turns."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
import subprocess
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from replay_memory import KIND, TOPIC

from time2general_ros.bags.image_messages import compressed_message, image_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.options.model import open_segmenter
from time2general_ros.cli.options.replay_sources import checksums_of
from time2general_ros.cli.replay import add_parser
from time2general_ros.cli.replay_folder import replay_into_folder
from time2general_ros.machine import machine_line
from time2general_ros.messages.encode import rgb8_fields

RATE_HZ, SIZE = 30, (640, 480)
RAW = 'sensor_msgs/msg/Image'
# Images before the clock starts: threads and buffers are in place then.
WARM_UP = 30


def main() -> None:
    """Print the rates of each turn and the median of their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('video', type=Path, help='its images are made 640x480')
    parser.add_argument('--images', type=int, default=300)
    parser.add_argument('--turns', type=int, default=5)
    parser.add_argument('--threads', type=int, help="of the replay's engine")
    parser.add_argument('--no-flow', action='store_true')
    parser.add_argument('--raw', action='store_true', help='images as the bench has, not JPEG')
    args = parser.parse_args()
    print(machine_line())
    ratios = []
    with TemporaryDirectory() as made:
        bag = Path(made, 'drive.mcap')
        write_bag(args.video, bag, args.images, raw=args.raw)
        for turn in range(args.turns):
            benched = bench(Path(made, 'bench.json'))
            options = ['--no-flow'] if args.no_flow else []
            options += ['--threads', str(args.threads)] if args.threads else []
            replayed = replay([str(bag), '--out', f'{made}/out{turn}', *options], args.images)
            ratios.append(replayed / benched)
            print(
                f'bench {benched:.1f}, replay {replayed:.1f} images/s: {ratios[-1]:.2f}',
                flush=True,
            )
    print(f'median {median(ratios):.2f}')


def bench(file: Path) -> float:
    """Time frames from bytes to mask; return how many a second there are."""
    command = [sys.executable, '-m', 'time2general_ros.cli.main', 'bench', '--json', str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    figures = json.loads(file.read_text())
    return float(figures['fps'])


def replay(arguments: list[str], images: int) -> float:
    """Replay a bag with all its outputs; return the images a second after the warm-up."""
    commands = argparse.ArgumentParser()
    add_parser(commands.add_subparsers())
    given = commands.parse_args(['replay', *arguments])
    moments: dict[int, float] = {}

    def look(done: int, total: int) -> None:
        moments.setdefault(done, time.perf_counter())

    replay_into_folder(given, open_segmenter, lambda line: None, look, checksums_of(given))
    return (images - WARM_UP) / (moments[images] - moments[WARM_UP])


def write_bag(video: Path, bag: Path, images: int, *, raw: bool = False) -> None:
    """Write the images of a video, again from its start where they do not last."""
    reading = cv2.VideoCapture(str(video))
    kind, topic = (RAW, TOPIC.removesuffix('/compressed')) if raw else (KIND, TOPIC)
    with BagWriter(bag) as writer:
        for index in range(images):
            there, image = reading.read()
            if not there:
                reading = cv2.VideoCapture(str(video))
                there, image = reading.read()
            if not there:
                sys.exit(f'{video} is no video that can be read; name another')
            stamp = 1_700_000_000 * 10**9 + index * 10**9 // RATE_HZ
            message = packed(np.asarray(cv2.resize(image, SIZE), np.uint8), stamp, raw=raw)
            writer.write(topic, kind, stamp, message)


def packed(image: npt.NDArray[np.uint8], stamp: int, *, raw: bool) -> Any:
    """Make a message of an image, BGR."""
    if raw:
        rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
        return image_message(rgb8_fields(rgb), stamp, 'camera')
    data = cv2.imencode('.jpg', image)[1].tobytes()
    return compressed_message(data, 'jpeg', stamp, 'camera')


if __name__ == '__main__':
    main()
