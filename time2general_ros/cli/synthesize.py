"""``time2general synthesize``: render a synthetic drive to a bag."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from time2general_ros.bags.synthesize import DriveOptions, synthesize
from time2general_ros.cli.model_options import add_overwrite_option, positive_float, positive_int
from time2general_ros.cli.progress import FrameProgress


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'synthesize',
        help='render a synthetic drive to a bag',
        description='Render a synthetic drive with the true class of every pixel to a bag: JPEG '
        'images on /camera/image_raw/compressed, classes as PNG on /camera/truth.',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    out_help = 'bag to write: NAME.mcap, NAME.db3, or NAME for a rosbag2 directory'
    jobs_help = 'number of processes'
    parser.add_argument('--out', type=Path, required=True, metavar='DRIVE.mcap', help=out_help)
    parser.add_argument('--seconds', type=positive_float, default=20.0, metavar='S', help='length')
    parser.add_argument('--rate', type=positive_float, default=30.0, metavar='HZ', help='rate')
    parser.add_argument('--size', type=parse_size, default='640x480', metavar='WxH', help='size')
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='which drive')
    parser.add_argument('--weather', default='clear', metavar='NAME', help='weather and light')
    parser.add_argument(
        '--jobs', type=positive_int, default=os.cpu_count() or 1, metavar='N', help=jobs_help
    )
    add_overwrite_option(parser)
    parser.set_defaults(func=run)


def parse_size(text: str) -> tuple[int, int]:
    """
    Read an image size such as ``640x480``.

    :returns: Height and width in pixels.
    :raises argparse.ArgumentTypeError: if it is none.
    """
    width, _, height = text.partition('x')
    if not (width.isdecimal() and height.isdecimal() and int(width) * int(height)):
        raise argparse.ArgumentTypeError(f'{text!r} is not a size; write WIDTHxHEIGHT, as 640x480')
    return int(height), int(width)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    options = DriveOptions(
        seconds=args.seconds,
        rate_hz=args.rate,
        size=args.size,
        seed=args.seed,
        weather=args.weather,
    )
    with FrameProgress('frames') as progress:
        synthesize(options, args.out, args.jobs, progress.show, overwrite=args.overwrite)
    print(f'{options.frames} frames written to {args.out}')
    return 0
