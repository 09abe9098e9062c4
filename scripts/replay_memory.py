"""Memory of a replay of a long recording: after the first minute, at the end, for its page."""

from __future__ import annotations

import argparse
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
import time

import cv2
import numpy as np

from time2general_ros.bags.image_messages import compressed_message
from time2general_ros.bags.writer import BagWriter
from time2general_ros.cli.options.model import open_segmenter
from time2general_ros.cli.options.replay_sources import checksums_of
from time2general_ros.cli.replay import add_parser
from time2general_ros.cli.replay_folder import replay_into_folder
from time2general_ros.timing.process_memory import peak_rss_mb, rss_mb

RATE_HZ, SIZE, VARIETY = 30, (48, 64), 300
TOPIC, KIND = '/camera/image_raw/compressed', 'sensor_msgs/msg/CompressedImage'


def main() -> None:
    """Generate the recording, replay it with all figures, and print what it held when."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--minutes', type=float, default=60.0)
    parser.add_argument('--keep', type=Path, metavar='DIR', help='leave bag and results there')
    parser.add_argument('--model', type=Path, help='model folder (default: the one shipped)')
    args = parser.parse_args()
    frames = round(args.minutes * 60 * RATE_HZ)
    with TemporaryDirectory() as made:
        folder = args.keep or Path(made)
        folder.mkdir(exist_ok=True)
        bag, out = folder / 'drive.mcap', folder / 'out'
        write_bag(bag, frames)
        arguments = ['replay', str(bag), '--out', str(out)]
        arguments += ['--model', str(args.model)] if args.model else []
        commands = argparse.ArgumentParser()
        add_parser(commands.add_subparsers())
        replay = commands.parse_args(arguments)
        held: dict[int, float] = {}
        began = time.monotonic()

        def look(done: int, total: int) -> None:
            if done % (60 * RATE_HZ) == 0 or done == total:
                held[done] = rss_mb()
                minute, rate = done / 60 / RATE_HZ, done / (time.monotonic() - began)
                print(f'minute {minute:g}: {held[done]:.1f} MB, {rate:.1f} images/s', flush=True)

        replay_into_folder(replay, open_segmenter, print, look, checksums_of(replay))
        page = (out / 'report.html').stat().st_size
    first, last = held[min(held)], held[frames]
    print(
        f'{frames} images: {first:.1f} MB after the first minute, {last:.1f} MB at the end, '
        f'{last - first:+.1f} MB; {peak_rss_mb():.1f} MB at most, with the page, which has '
        f'{page / 1e6:.1f} MB'
    )


def write_bag(path: Path, count: int) -> None:
    """Write small images that move, as JPEG."""
    random = np.random.default_rng(0)
    height, width = SIZE
    coarse = random.integers(0, 256, (6, 8, 3), np.uint8)
    wide = cv2.resize(coarse, (2 * width, height), interpolation=cv2.INTER_CUBIC)
    shots = []
    for index in range(VARIETY):
        shown = np.roll(wide, index, 1)[:, :width]
        noisy = cv2.add(shown, random.integers(0, 8, shown.shape, np.uint8))
        shots.append(cv2.imencode('.jpg', noisy)[1].tobytes())
    with BagWriter(path) as writer:
        for index, shot in zip(range(count), cycle(shots), strict=False):
            stamp_ns = 10**18 + index * 10**9 // RATE_HZ
            message = compressed_message(shot, 'jpeg', stamp_ns, 'camera')
            writer.write(TOPIC, KIND, stamp_ns, message)


if __name__ == '__main__':
    main()
