"""``time2general demo``: watch the node segment a synthetic drive."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from time2general_ros.cli.options import numbers
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.demo.demo import Demo, DemoOptions
from time2general_ros.imports import pip_install
from time2general_ros.user_path import user_path


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'demo',
        help='watch the node segment a synthetic drive',
        description='Render a synthetic drive, play it in real time to the live node over ROS 2, '
        'record the masks and score them against the truth, with memory and without.',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        '--out', type=user_path, default=Path('out/demo'), metavar='DIR', help='folder'
    )
    parser.add_argument(
        '--seconds', type=numbers.seconds, default=20.0, metavar='S', help='length'
    )
    parser.add_argument(
        '--model', type=user_path, metavar='DIR', help='model folder; shipped if not given'
    )
    parser.add_argument('--engine', default='openvino', metavar='NAME', help='inference engine')
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    options = DemoOptions(args.out, args.seconds, args.model, args.engine)
    summary = Demo(options, _announce).run()
    _print(summary, args.out, Console())
    return 0


def _announce(what: str) -> FrameProgress:
    print(what, file=sys.stderr)
    return FrameProgress('frames')


def _print(summary: Mapping[str, Any], out: Path, console: Console) -> None:
    dropped = {cause: count for cause, count in summary['dropped'].items() if count}
    causes = ''.join(f', {count} {cause}' for cause, count in dropped.items())
    latency = ' / '.join(f'{summary[f"latency_ms_{name}"]:.1f}' for name in ('p50', 'p95', 'p99'))
    table = Table('', 'memory on, live', 'memory off')
    off = summary['memory_off']
    for name, key in (('mIoU, %', 'miou'), ('flicker, %', 'flicker')):
        table.add_row(name, _cell(summary[key]), _cell(off[key]))
    table.add_section()
    table.add_row('frames in, out', f'{summary["frames_in"]}, {summary["frames_out"]}{causes}', '')
    table.add_row('lost on the way to the node', str(summary['lost_in_transport']), '')
    table.add_row('frames per second', f'{summary["fps"]:.1f}', '')
    table.add_row('receive to publish, ms: p50/95/99', latency, '')
    console.print(table)
    machine, page = summary['machine'], out / 'report.html'
    lines = (
        f'{summary["engine"]} on {machine["cores"]} cores of {machine["cpu"]}',
        f'Page:     {page if page.exists() else "none; it needs: " + pip_install("jinja2")}',
        f'Pictures: {out / "contact_sheet.png"}, {out / "overlay.mp4"}',
        f'Figures:  {out / "summary.json"}',
        f'Bags:     {out / "drive.mcap"}, {out / "masks.mcap"}',
    )
    console.print('\n'.join(lines), soft_wrap=True, highlight=False)


def _cell(figure: float | None) -> str:
    return '-' if figure is None else f'{figure:.2f}'
