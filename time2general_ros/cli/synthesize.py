"""``time2general synthesize``: render a synthetic drive to a bag."""

from __future__ import annotations

import argparse
import os

from time2general_ros.bags.synthesize import DriveOptions, synthesize
from time2general_ros.cli.options import numbers
from time2general_ros.cli.options.model import add_overwrite_option
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.synthetic.drive import LARGEST, SMALLEST
from time2general_ros.user_path import user_path


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
    parser.add_argument(
        '--out', type=user_path, required=True, metavar='DRIVE.mcap', help=out_help
    )
    parser.add_argument(
        '--seconds', type=numbers.seconds, default=20.0, metavar='S', help='length'
    )
    parser.add_argument(
        '--rate', type=numbers.number(1e-3, 1000), default=30.0, metavar='HZ', help='rate'
    )
    parser.add_argument('--size', type=parse_size, default='640x480', metavar='WxH', help='size')
    parser.add_argument('--seed', type=numbers.seed, default=0, metavar='N', help='which drive')
    parser.add_argument('--weather', default='clear', metavar='NAME', help='weather and light')
    parser.add_argument(
        '--jobs',
        type=numbers.whole_number(most=1024),
        default=os.cpu_count() or 1,
        metavar='N',
        help=jobs_help,
    )
    add_overwrite_option(parser)
    parser.set_defaults(func=run)


def parse_size(text: str) -> tuple[int, int]:
    """
    Read an image size such as ``640x480``.

    :returns: Height and width in pixels.
    :raises argparse.ArgumentTypeError: if it is none.
    """
    width, height = numbers.two_sides(text)
    if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a size; write WIDTHxHEIGHT, as 640x480, each from {SMALLEST} to '
            f'{LARGEST}'
        )
    return height, width


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
