"""``time2general data pictures``: from a recording to pictures that one can label."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from rich.console import Console
from rich.markup import escape

from time2general_ros.cli.options.replay import add_reading_options
from time2general_ros.cli.options.replay_sources import open_all
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.replay.pictures import write_pictures
from time2general_ros.replay.sources.bag_source import BagOptions
from time2general_ros.replay.sources.open_source import SourceOptions
from time2general_ros.replay.sources.window import Window
from time2general_ros.user_path import user_path


def add_action(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this action to ``time2general data``."""
    pictures = actions.add_parser(
        'pictures',
        help='write images of recordings as pictures to label',
        description='Write every N-th image of bags, videos or folders as '
        'DIR/images/DRIVE/NANOSECONDS.png. Labels of the same names belong into DIR/labels.',
    )
    pictures.add_argument('sources', nargs='+', metavar='SOURCE', help='as replay takes them')
    pictures.add_argument(
        '--out', type=user_path, required=True, metavar='DIR', help='part of a folder: field/train'
    )
    add_reading_options(pictures)
    pictures.set_defaults(func=run_pictures)


def run_pictures(args: argparse.Namespace) -> int:
    """
    Write pictures.

    :returns: The exit status: 1 if there is no picture.
    """
    options = SourceOptions(
        Window(args.start, args.end, args.every),
        BagOptions(tuple(args.topic), with_calibration=False, image_bits=args.image_bits),
        rate_hz=args.rate,
    )
    console = Console(soft_wrap=True)
    with ExitStack() as opened, FrameProgress('images') as progress:
        sources = open_all(args.sources, options, opened)
        counts = write_pictures(sources, args.out, progress.show)
        damage = [(source.name, source.damage) for source in sources if source.damage]
    for name, what in damage:
        console.print(escape(f'warning: {name}: {what}'))
    for name, count in counts.items():
        console.print(escape(f'{name}: {count}'))
    written = [name for name in counts if not name.startswith('refused: ')]
    if not written:
        console.print('no picture was written')
    return int(not written)
