"""``time2general benchmark``: score a model over data sets, strides, corruptions and memories."""

from __future__ import annotations

import argparse
from copy import copy
from functools import cache, partial
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console

from time2general_ros import __version__
from time2general_ros.cli.options.model import add_model_options, memory_mode
from time2general_ros.cli.options.scoring import (
    add_map_option,
    add_seed_option,
    open_predictor,
    parse_strides,
)
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.comma_list import comma_list
from time2general_ros.data.corruptions.corruption import CorruptionError
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import DATA_SETS, note_on, open_data
from time2general_ros.evaluation.benchmark import Benchmark, plan, read_corruptions
from time2general_ros.evaluation.benchmark_report import BenchmarkReport, write_report
from time2general_ros.evaluation.benchmark_table import Line, tabulate, unscored
from time2general_ros.evaluation.cells import CellStore
from time2general_ros.evaluation.correspondence import FLOW
from time2general_ros.evaluation.plots import check_plotting
from time2general_ros.evaluation.protocol import ProtocolError, read_protocol
from time2general_ros.evaluation.protocol_report import write_protocol
from time2general_ros.evaluation.report import make_folder
from time2general_ros.share import share_folder
from time2general_ros.streaming.memory_modes import MEMORY
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from time2general_ros.evaluation.evaluate import Predictor

# What a protocol says by itself, and --data leaves to options.
SETTINGS = {
    'split': 'val',
    'strides': (1, 2, 3, 5),
    'corruptions': read_corruptions('all:3'),
    'memory': ('on', 'off'),
}


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
    parser.add_argument('--data', nargs='+', help=usages, metavar='DATA')
    parser.add_argument(
        '--protocol',
        metavar='NAME',
        help='score what a protocol lists instead of --data: never-seen, or a file like those in '
        'config/protocols',
    )
    parser.add_argument(
        '--data-root',
        type=user_path,
        default=Path('../shared/data'),
        metavar='DIR',
        help='folder of the data that a protocol names (default: ../shared/data)',
    )
    parser.add_argument(
        '--parts',
        type=comma_list,
        default=(),
        metavar='LIST',
        help='of a protocol these parts alone, as in India,weather',
    )
    parser.add_argument('--split', help='part of the data (default: val)')
    parser.add_argument(
        '--strides',
        type=parse_strides,
        metavar='LIST',
        help='1 is always among them (default: 1,2,3,5)',
    )
    parser.add_argument(
        '--corruptions',
        type=parse_corruptions,
        metavar='LIST',
        help='as in fog:3,snow:5; all:3 is every one at severity 3, none is clean images alone, '
        'which are always scored (default: all:3)',
    )
    add_model_options(parser, engine='openvino')
    parser.add_argument(
        '--memory',
        type=parse_memories,
        metavar='LIST',
        help=f'any of {MEMORY} (default: on,off)',
    )
    add_seed_option(parser)
    add_map_option(parser)
    parser.add_argument(
        '--no-flow', action='store_true', help='leave out TC and flow flicker, which are slow'
    )
    parser.add_argument(
        '--out', required=True, type=user_path, metavar='DIR', help='results go there'
    )
    parser.set_defaults(func=run, usage_error=parser.error)


def parse_memories(text: str) -> tuple[str, ...]:
    """
    Read a list of memory modes such as ``on,off``.

    :raises argparse.ArgumentTypeError: if one is not a mode of ``evaluate``.
    """
    return tuple(dict.fromkeys(memory_mode(part) for part in comma_list(text)))


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
    if bool(args.data) == bool(args.protocol):
        args.usage_error('give either --data DATA... or --protocol NAME')
    if args.parts and not args.protocol:
        args.usage_error('--parts is about a protocol; name one with --protocol')
    given = [f'--{name}' for name in SETTINGS if getattr(args, name) is not None]
    given += ['--no-flow'] * args.no_flow
    if args.protocol and given:
        args.usage_error(
            f'a protocol says itself what {" and ".join(given)} would: leave that out, or write a '
            'protocol of your own as those in config/protocols'
        )
    for name, value in SETTINGS.items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.protocol:
        return _run_protocol(args, open_model)
    check_plotting()
    cells = plan(args.data, args.corruptions, args.strides, args.memory)
    settings = _settings(args)
    make_folder(args.out)
    open_predictor = partial(_open_with_memory, args, open_model)
    benchmark = _benchmark(args, open_predictor, args.split, with_flow=not args.no_flow)
    with FrameProgress('frames') as progress:
        rows = benchmark.run(cells, CellStore(args.out / 'cells', settings), progress.show)
    lines = tabulate(rows)
    _check_scored(lines, args.split)
    notes = {spec: note for spec in args.data if (note := note_on(spec, args.split))}
    files = write_report(args.out, BenchmarkReport(lines, settings, notes))
    console = Console(soft_wrap=True)
    for file in files:
        console.print(str(file), highlight=False)
    return 0


def _check_scored(lines: Sequence[Line], split: str) -> None:
    """
    Name data of which nothing was scored.

    :raises DataError: if that is all of it.
    """
    if not (empty := unscored(lines)):
        return
    told = (
        f'nothing of {", ".join(empty)}, {split} could be scored: no frame has labels of a class '
        'that is scored, and no flow was followed; give labels, another part, or videos'
    )
    if {line.data for line in lines} == {*empty}:
        raise DataError(told)
    print(f'warning: {told}', file=sys.stderr)


def _run_protocol(
    args: argparse.Namespace, open_model: Callable[[argparse.Namespace], Predictor]
) -> int:
    """Score the parts of a protocol, each with its own data, and write their one table."""
    file = _protocol_file(args.protocol)
    parts = read_protocol(file, args.parts)
    planned = {part.name: part.cells(args.data_root) for part in parts}
    make_folder(args.out)
    # A model is loaded once for all parts.
    open_predictor = cache(partial(_open_with_memory, args, open_model))
    common, rows = _settings(args), {}
    for part in parts:
        benchmark = _benchmark(args, open_predictor, part.split, with_flow=part.with_flow)
        settings = {**common, 'split': part.split, 'flow': part.with_flow}
        store = CellStore(args.out / 'cells', settings)
        with FrameProgress(f'frames, {part.name}') as progress:
            rows[part.name] = benchmark.run(planned[part.name], store, progress.show)
        _check_scored(tabulate(rows[part.name]), part.split)
    for made in write_protocol(args.out, file.stem, common, parts, rows):
        Console(soft_wrap=True).print(str(made), highlight=False)
    return 0


def _protocol_file(name: str) -> Path:
    shipped = {
        file.stem: file for file in (share_folder() / 'config' / 'protocols').glob('*.yaml')
    }
    file = user_path(name)
    if not file.is_file() and name not in shipped:
        raise ProtocolError(
            f'there is no protocol {name!r}; known are {sorted(shipped)}, or give a file'
        )
    return file if file.is_file() else shipped[name]


def _benchmark(
    args: argparse.Namespace,
    open_predictor: Callable[[str], Predictor],
    split: str,
    *,
    with_flow: bool,
) -> Benchmark:
    return Benchmark(
        open_data=partial(open_data, split=split),
        open_predictor=open_predictor,
        seed=args.seed,
        mapped=args.map,
        with_flow=with_flow,
    )


def _open_with_memory(
    args: argparse.Namespace, open_model: Callable[[argparse.Namespace], Predictor], memory: str
) -> Predictor:
    one = copy(args)
    one.memory = memory
    return open_model(one)


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
        'flow_method': FLOW,
    }
    return {**settings, 'map': args.map} if args.map else settings
