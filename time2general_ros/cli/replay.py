"""``time2general replay``: segment every frame of a bag."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
import sys

from time2general_ros.replay.segmenting import FrameSegmenter
from time2general_ros.replay.to_bag import ReplaySummary, replay
from time2general_ros.bags.writer import check_output
from time2general_ros.cli.model_options import (
    add_model_options,
    add_overwrite_option,
    open_segmenter,
)
from time2general_ros.cli.progress import FrameProgress
from time2general_ros.messages.darkness import REMEDY
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE

INCOMPLETE = 3
_EPILOG = f"""
Exit status: 0 if every frame was segmented; 1 if nothing could be done (no such bag, topic or
model, or an output that cannot be written): no output is left then; {INCOMPLETE} if the bag is cut
off or damaged, or holds images that cannot be decoded: the output has all the frames that are
readable.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'replay',
        help='segment every frame of a bag',
        description='Segment every frame of a bag, dropping none, and write the class masks '
        '(mono8) and confidences beside the image topic, in segmentation/mask and '
        'segmentation/confidence, with the headers and log times of the images, and the names of '
        'the classes in segmentation/label_info.',
        epilog=_EPILOG,
    )
    parser.add_argument(
        'bag',
        type=Path,
        metavar='BAG',
        help='rosbag2 directory, .mcap or .db3 file, or ROS 1 .bag; also as .zstd',
    )
    parser.add_argument(
        '--topic', metavar='T', help='image topic (default: the only one of the bag)'
    )
    parser.add_argument(
        '--out',
        type=Path,
        required=True,
        metavar='OUT.mcap',
        help='bag to write: NAME.mcap, NAME.db3, or NAME for a rosbag2 directory',
    )
    parser.add_argument(
        '--image-bits',
        type=int,
        choices=range(8, WHOLE_SAMPLE + 1),
        default=WHOLE_SAMPLE,
        metavar='N',
        help='how many low bits the camera uses of each 16-bit sample, 8 to 16 (default: 16)',
    )
    add_overwrite_option(parser)
    add_model_options(parser)
    parser.set_defaults(func=run)


def run(
    args: argparse.Namespace,
    open_model: Callable[[argparse.Namespace], FrameSegmenter] = open_segmenter,
) -> int:
    """
    Run the command.

    :param open_model: Makes the segmenter.
    :returns: The exit status.
    """
    check_output(args.out, overwrite=args.overwrite)
    segmenter = open_model(args)
    with FrameProgress('frames') as progress:
        summary = replay(
            args.bag,
            args.topic,
            args.out,
            segmenter,
            progress.show,
            image_bits=args.image_bits,
            overwrite=args.overwrite,
        )
    _print(summary, args.out)
    return 0 if summary.complete else INCOMPLETE


def _print(summary: ReplaySummary, out: Path) -> None:
    rate = summary.frames_out / summary.seconds if summary.seconds else 0.0
    print(
        f'{summary.topic}: {summary.frames_in} frames in, {summary.frames_out} masks out, '
        f'{rate:.1f} frames/s'
    )
    for cause, count in sorted(summary.resets.items()):
        print(f'memory reset {count} times: {cause}')
    print(f'written to {out}')
    for line in _warnings(summary):
        print(f'warning: {line}', file=sys.stderr)


def _warnings(summary: ReplaySummary) -> Iterator[str]:
    if summary.unstamped:
        yield (
            f'{summary.unstamped} of {summary.frames_in} images have a header stamp of zero or '
            'that of the image before; their log times served to use memory: have the camera '
            'driver stamp its images'
        )
    if summary.standing:
        yield (
            f'{summary.standing} of these have no later log time than the image before either, '
            'so that their masks read no memory of it'
        )
    if summary.dark:
        yield (
            f'{summary.dark} of {summary.frames_out} images are nearly black: '
            + REMEDY.format(option='--image-bits')
        )
    for reason, count in sorted(summary.bad.items()):
        yield f'{count} bad images ({reason}), the first: {summary.examples[reason]}'
    if summary.damage:
        yield summary.damage
