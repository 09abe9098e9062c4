"""``time2general benchmark``: score a model over data sets, strides, corruptions and memories."""

from __future__ import annotations

import argparse
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from time2general_ros import __version__
from time2general_ros.cli.evaluate import (
    add_map_option,
    add_seed_option,
    open_predictor,
    parse_strides,
)
from time2general_ros.cli.model_options import MEMORY, add_model_options, memory_mode
from time2general_ros.cli.progress import FrameProgress
from time2general_ros.data.corruptions.corruption import CorruptionError
from time2general_ros.data.specs import DATA_SETS, note_on, open_data
from time2general_ros.evaluation.benchmark import Benchmark, plan, read_corruptions
from time2general_ros.evaluation.benchmark_report import BenchmarkReport, write_report
from time2general_ros.evaluation.benchmark_table import tabulate
from time2general_ros.evaluation.cells import CellStore
from time2general_ros.evaluation.plots import check_plotting
from time2general_ros.evaluation.report import make_folder
from time2general_ros.streaming.model_folder import load_model_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from time2general_ros.evaluation.evaluate import Predictor


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'benchmark',
        help='score a model in many settings, in one table',
        description='Score a model in every combination of data sets, strides, corruptions and '
        'memory modes, and write tables and plots. Finished combinations are kept in the folder '
        'and not scored again.',
        # --memory is a list here.
        conflict_handler='resolve',
    )
    usages = ' or '.join(usage for usage, _ in DATA_SETS.values())
    parser.add_argument('--data', required=True, nargs='+', help=usages, metavar='DATA')
    parser.add_argument('--split', default='val', help='part of the data (default: val)')
    parser.add_argument(
        '--strides',
        type=parse_strides,
        default=(1, 2, 3, 5),
        metavar='LIST',
        help='1 is always among them (default: 1,2,3,5)',
    )
    parser.add_argument(
        '--corruptions',
        type=parse_corruptions,
        default=read_corruptions('all:3'),
        metavar='LIST',
        help='as in fog:3,snow:5; all:3 is every one at severity 3, none is clean images alone, '
        'which are always scored (default: all:3)',
    )
    add_model_options(parser, engine='openvino')
    parser.add_argument(
        '--memory',
        type=parse_memories,
        default=('on', 'off'),
        metavar='LIST',
        help=f'any of {MEMORY} (default: on,off)',
    )
    add_seed_option(parser)
    add_map_option(parser)
    parser.add_argument(
        '--no-flow', action='store_true', help='leave out TC and flow flicker, which are slow'
    )
    parser.add_argument('--out', required=True, type=Path, metavar='DIR', help='results go there')
    parser.set_defaults(func=run)


def parse_memories(text: str) -> tuple[str, ...]:
    """
    Read a list of memory modes such as ``on,off``.

    :raises argparse.ArgumentTypeError: if one is not a mode of ``evaluate``.
    """
    return tuple(dict.fromkeys(memory_mode(part.strip()) for part in text.split(',')))


def parse_corruptions(text: str) -> tuple[str, ...]:
    """
    Read a list of corruptions such as ``fog:3,snow:5``; see :func:`read_corruptions`.

    :raises argparse.ArgumentTypeError: if there is none of a name and severity.
    """
    try:
        return read_corruptions(text)
    except CorruptionError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(
    args: argparse.Namespace,
    open_model: Callable[[argparse.Namespace], Predictor] = open_predictor,
) -> int:
    """
    Run the command.

    :param open_model: Makes what is scored.
    :returns: The exit status.
    """
    check_plotting()
    cells = plan(args.data, args.corruptions, args.strides, args.memory)
    settings = _settings(args)
    make_folder(args.out)
    benchmark = Benchmark(
        open_data=lambda spec: open_data(spec, args.split),
        open_predictor=lambda memory: open_model(_with_memory(args, memory)),
        seed=args.seed,
        mapped=args.map,
        with_flow=not args.no_flow,
    )
    with FrameProgress('frames') as progress:
        rows = benchmark.run(cells, CellStore(args.out / 'cells', settings), progress.show)
    notes = {spec: note for spec in args.data if (note := note_on(spec, args.split))}
    files = write_report(args.out, BenchmarkReport(tabulate(rows), settings, notes))
    console = Console(soft_wrap=True)
    for file in files:
        console.print(str(file), highlight=False)
    return 0


def _with_memory(args: argparse.Namespace, memory: str) -> argparse.Namespace:
    one = copy(args)
    one.memory = memory
    return one


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """Collect what figures depend on beside the cell."""
    card = load_model_folder(args.model).card
    settings = {
        'version': __version__,
        'model': card['name'],
        'files': card['files'],
        'engine': args.engine,
        'precision': args.precision,
        'max_gap_s': args.max_gap,
        'split': args.split,
        'seed': args.seed,
        'flow': not args.no_flow,
    }
    return {**settings, 'map': args.map} if args.map else settings
