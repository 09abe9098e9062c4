"""``time2general layout``: configurations of viewers and costmaps with the classes of a model."""

from __future__ import annotations

import argparse
import sys

from time2general_ros.evaluation.report import check_writable
from time2general_ros.layouts.foxglove import foxglove_layout
from time2general_ros.layouts.nav2 import nav2_layout
from time2general_ros.layouts.rviz import rviz_layout
from time2general_ros.layouts.shipped import NAMESPACE
from time2general_ros.ros.parameters.names import reason_against_namespace
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.user_path import user_path
from time2general_ros.whole import write_whole

LAYOUTS = {
    'rviz': (rviz_layout, 'a configuration of RViz'),
    'foxglove': (foxglove_layout, 'a layout of Foxglove'),
    'nav2': (nav2_layout, 'parameters of the semantic_segmentation_layer of Nav2'),
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'layout',
        help='write what shows or uses the classes of a model',
        description='Write a configuration of RViz, Foxglove or Nav2 with the classes of a model, '
        'to the standard output unless --out names a file.',
    )
    parser.add_argument(
        'model',
        type=user_path,
        nargs='?',
        metavar='MODEL',
        help='folder (default: the one shipped)',
    )
    kinds = parser.add_mutually_exclusive_group(required=True)
    for kind, (_, summary) in LAYOUTS.items():
        kinds.add_argument(
            f'--{kind}', dest='kind', action='store_const', const=kind, help=summary
        )
    parser.add_argument(
        '--namespace',
        type=read_namespace,
        default=NAMESPACE,
        metavar='NS',
        help='of the masks (default: %(default)s)',
    )
    parser.add_argument('--out', type=user_path, metavar='FILE', help='file to write')
    parser.set_defaults(func=run)


def read_namespace(text: str) -> str:
    """
    Read the namespace of the topics, with or without slashes around it.

    :raises argparse.ArgumentTypeError: if ROS 2 takes no such name.
    """
    if remedy := reason_against_namespace(text):
        raise argparse.ArgumentTypeError(f'{text!r} is no namespace: {remedy}')
    return text.strip('/')


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    if args.out is not None:
        check_writable(args.out)
    text = LAYOUTS[args.kind][0](load_model_folder(args.model).labels, args.namespace)
    if args.out is None:
        sys.stdout.write(text)
    else:
        write_whole(args.out, text.encode())
    return 0
