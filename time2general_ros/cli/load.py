"""The command ``time2general load``: what becomes of every image when the node has much to do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
import os
from typing import Any

from rich.console import Console
from rich.table import Table

from time2general_ros.cli.options import numbers
from time2general_ros.evaluation.report import check_writable, write_json
from time2general_ros.ros.own_graph import own_graph
from time2general_ros.ros.process import require_ros
from time2general_ros.user_path import user_path


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'load',
        help='put cameras on the live node and account for every image',
        description='Start the node, cameras that publish noise, and a listener, in a graph of '
        'their own; tell latencies and what became of every image.',
    )
    parser.add_argument(
        '--cameras',
        type=numbers.whole_number(most=64),
        default=1,
        metavar='N',
        help='(default: 1)',
    )
    parser.add_argument(
        '--rate',
        type=numbers.number(0.1, 1000),
        default=30.0,
        metavar='HZ',
        help='of each (default: 30)',
    )
    parser.add_argument(
        '--size',
        type=numbers.read_size,
        default=(480, 640),
        metavar='HxW',
        help='of the images (default: 480x640)',
    )
    parser.add_argument(
        '--seconds',
        type=numbers.seconds,
        default=60.0,
        metavar='S',
        help='measured, once there are masks (default: 60)',
    )
    parser.add_argument(
        '--param',
        type=read_parameter,
        action='append',
        default=[],
        metavar='NAME:=VALUE',
        help='parameter of the node; may be given several times',
    )
    parser.add_argument('--json', type=user_path, metavar='FILE', help='write all figures there')
    parser.set_defaults(func=run)


def read_parameter(text: str) -> str:
    """
    Read a parameter as ROS takes it.

    :raises argparse.ArgumentTypeError: if it is no ``NAME:=VALUE``.
    """
    name, separator, value = text.partition(':=')
    if not (name and separator and value):
        raise argparse.ArgumentTypeError(f'{text!r} is not NAME:=VALUE, such as threads:=2')
    return text


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    if args.json:
        check_writable(args.json)
    # Read when rclpy is imported, here and in the processes that are started.
    os.environ.update(own_graph())
    require_ros()
    from time2general_ros.ros.load.load_run import LoadOptions, measure_load

    options = LoadOptions(args.cameras, args.rate, args.size, args.seconds, tuple(args.param))
    figures = measure_load(options)
    if args.json:
        write_json(args.json, figures)
    _print(figures, Console())
    return 0


def _print(figures: Mapping[str, Any], console: Console) -> None:
    table = Table('camera', 'sent', 'lost', 'masks', 'dropped', 'missing', 'p50 ms', 'p99 ms')
    for name, counts in figures['cameras'].items():
        latency = counts['latency_from_stamp_ms']
        dropped = [f'{count} {cause}' for cause, count in counts['dropped'].items() if count]
        table.add_row(
            name.rpartition('/')[2],
            *(str(counts[key]) for key in ('sent', 'lost_in_transport', 'frames_out')),
            '\n'.join(dropped) or '0',
            str(counts['unaccounted']),
            *(f'{latency[key]:.1f}' if latency else '-' for key in ('p50', 'p99')),
        )
    console.print(table)
    memory = figures['rss_mb']
    first, last = memory['first'], memory['last']
    console.print(f'{figures["engine"]["detail"]}; its process held {first:.0f} to {last:.0f} MB')
