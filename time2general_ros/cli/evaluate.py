"""``time2general evaluate``: score a model on labelled videos."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from time2general_ros.cli.options.model import add_model_options
from time2general_ros.cli.options.scoring import (
    add_map_option,
    add_seed_option,
    named_corruption,
    open_predictor,
    parse_strides,
)
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.data.corruptions.corrupted_videos import CorruptedVideos
from time2general_ros.data.corruptions.corruption import CORRUPTIONS, parse_corruption
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import DATA_SETS, note_on, open_data
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.evaluation.report import check_writable, summarise, write_json
from time2general_ros.evaluation.segmenter_predictor import SegmenterPredictor
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from time2general_ros.evaluation.evaluate import Predictor

FIGURES = {
    'mIoU': 'miou',
    'edge\nIoU': 'boundary_iou',
    'flicker': 'flicker',
    'VC-8': 'vc8',
    'VC-16': 'vc16',
    'VC-8\ncorrect': 'vc8_correct',
    'TC': 'tc',
    'flow\nflicker': 'flow_flicker',
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'evaluate',
        help='score a model on labelled videos',
        description='Measure accuracy and stability of a model on labelled videos, in percent.',
    )
    usages = ' or '.join(usage for usage, _ in DATA_SETS.values())
    parser.add_argument('--data', required=True, help=usages, metavar='DATA')
    parser.add_argument('--split', default='val', help='part of the data (default: val)')
    parser.add_argument(
        '--strides',
        type=parse_strides,
        default=(1, 2, 3, 5),
        metavar='LIST',
        help='score every s-th frame for each s of this list; 1 is always among them '
        '(default: 1,2,3,5)',
    )
    add_model_options(parser)
    parser.add_argument(
        '--corruption',
        type=named_corruption,
        metavar='NAME:SEVERITY',
        help=f'corrupt every image, severity 1 to 5: {", ".join(CORRUPTIONS)}',
    )
    add_seed_option(parser)
    add_map_option(parser)
    parser.add_argument('--json', type=user_path, metavar='FILE', help='write all figures there')
    parser.set_defaults(func=run)


def run(
    args: argparse.Namespace,
    open_model: Callable[[argparse.Namespace], Predictor] = open_predictor,
) -> int:
    """
    Run the command.

    :param open_model: Makes what is scored.
    :returns: The exit status.
    """
    if args.json:
        check_writable(args.json)
    corruption = (
        parse_corruption(args.corruption, args.seed) if args.corruption is not None else None
    )
    data = open_data(args.data, args.split)
    for text, count in getattr(data, 'notes', {}).items():
        print(f'warning: {args.data}: {text}: {count}', file=sys.stderr)
    if corruption:
        data = CorruptedVideos(data, corruption)
    predictor = open_model(args)
    with FrameProgress('frames') as progress:
        results = evaluate(predictor, data, args.strides, mapped=args.map, on_frame=progress.show)
    if isinstance(predictor, SegmenterPredictor) and predictor.gaps and args.memory != 'off':
        print(
            f'warning: memory was cleared {predictor.gaps} times, before frames that came more '
            f'than {args.max_gap:g} s after the last by their times; docs/datasets.md tells how '
            'times are read, --max-gap allows longer gaps',
            file=sys.stderr,
        )
    facts = _facts(args)
    if args.map:
        facts['map'] = args.map
    if corruption:
        facts |= {'corruption': str(corruption), 'seed': corruption.seed}
    report = {**summarise(results), **facts}
    _check_scored(report)
    if args.json:
        write_json(args.json, report)
    _print(report, Console())
    return 0


def _check_scored(report: Mapping[str, Any]) -> None:
    """
    Tell where labels are missing.

    :raises DataError: if nothing at all could be scored.
    """
    if report['miou'] is not None:
        return
    part = f'{report["data"]}, {report["split"]}'
    reason = 'no frame has labels of a class that is scored'
    strides = report['strides'].values()
    if all(figures[key] is None for figures in strides for key in FIGURES.values()):
        raise DataError(
            f'nothing of {part} could be scored: {reason}, and no two frames follow each other; '
            'give labels, another part, or videos'
        )
    print(f'warning: {part}: {reason}; what is shown needs none', file=sys.stderr)


def _facts(args: argparse.Namespace) -> dict[str, Any]:
    """Collect what the figures belong to."""
    facts = {
        'data': args.data,
        'split': args.split,
        'model': str(args.model or 'shipped'),
        'engine': args.engine,
        'precision': args.precision,
        'memory': args.memory,
    }
    note = note_on(args.data, args.split)
    return {**facts, 'note': note} if note else facts


def _table(title: str, *columns: str) -> Table:
    # Narrow enough that ten columns fit a terminal of 80.
    return Table(*columns, title=title, box=box.SIMPLE, padding=(0, 1, 0, 0))


def _print(report: Mapping[str, Any], console: Console) -> None:
    strides = _table('percent, by stride', 'stride', 'frames', *FIGURES)
    for stride, figures in report['strides'].items():
        shown = [_cell(figures[key]) for key in FIGURES.values()]
        strides.add_row(stride, str(figures['frames']), *shown)
    classes = _table('percent, stride 1', 'class', 'IoU', 'edge IoU')
    for name, iou in report['per_class_iou'].items():
        edge = _cell(report['per_class_boundary_iou'][name])
        classes.add_row(name, 'absent' if iou is None else _cell(iou), edge)
    console.print(strides)
    console.print(classes)
    if 'note' in report:
        console.print(f'Note: {report["note"]}.')


def _cell(figure: float | None) -> str:
    return '-' if figure is None else f'{figure:.2f}'
