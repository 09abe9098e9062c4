"""``time2general evaluate``: score a model on labelled videos."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from time2general_ros.cli import numbers
from time2general_ros.cli.model_options import add_model_options, open_segmenter
from time2general_ros.cli.progress import FrameProgress
from time2general_ros.comma_list import comma_list
from time2general_ros.data.corruptions.corrupted_videos import CorruptedVideos
from time2general_ros.data.corruptions.corruption import (
    CORRUPTIONS,
    CorruptionError,
    parse_corruption,
)
from time2general_ros.data.specs import DATA_SETS, note_on, open_data
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.evaluation.report import check_writable, summarise, write_json
from time2general_ros.labels.label_set import LabelSetError
from time2general_ros.labels.relations import MAP_EXAMPLE, read_class_map
from time2general_ros.streaming.frame import Frame
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame
    from time2general_ros.evaluation.evaluate import Predictor
    from time2general_ros.labels.label_set import LabelSet
    from time2general_ros.streaming.segmenter import Segmenter

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
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all figures there')
    parser.set_defaults(func=run)


def add_seed_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that decides what is random in a corruption."""
    parser.add_argument(
        '--seed', type=numbers.seed, default=0, metavar='N', help='of corruptions (default: 0)'
    )


def add_map_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that says which classes of two label sets are the same."""
    parser.add_argument(
        '--map',
        type=class_map,
        metavar='FILE',
        help='where the classes of model and data differ and neither set refines the other: all '
        f'classes of one by those of the other, like {MAP_EXAMPLE}',
    )


def class_map(text: str) -> dict[str, str | None]:
    """
    Read a map of classes.

    :raises argparse.ArgumentTypeError: if the file holds none.
    """
    try:
        return read_class_map(user_path(text))
    except LabelSetError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def named_corruption(text: str) -> str:
    """
    Read a corruption such as ``fog:3``.

    :raises argparse.ArgumentTypeError: if there is none of that name and severity.
    """
    try:
        return str(parse_corruption(text))
    except CorruptionError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse_strides(text: str) -> tuple[int, ...]:
    """
    Read a list of strides such as ``1,2,5``.

    :returns: The strides in ascending order, 1 always among them.
    :raises argparse.ArgumentTypeError: if one is not a whole number of at least 1.
    """
    strides = {1}
    for part in comma_list(text):
        try:
            strides.add(numbers.whole_number()(part))
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(
                f'{part!r} in {text!r} is not a stride; give whole numbers from 1, as in 1,2,3,5'
            ) from error
    return tuple(sorted(strides))


class SegmenterPredictor:
    """Let the evaluation drive the segmenter that the node runs."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    @property
    def labels(self) -> LabelSet:
        """The classes of the model."""
        return self._segmenter.labels

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment a frame; see :class:`~time2general_ros.evaluation.evaluate.Predictor`."""
        return self._segmenter.segment(Frame(frame.image, frame.stamp_ns)).class_ids

    def reset(self) -> None:
        """Forget the frames seen so far."""
        self._segmenter.reset('', 'request')

    @property
    def gaps(self) -> int:
        """How often memory was cleared because the times of two frames were far apart."""
        return self._segmenter.resets['gap']


def open_predictor(args: argparse.Namespace) -> SegmenterPredictor:
    """Load the model that the arguments name into its engine."""
    return SegmenterPredictor(open_segmenter(args))


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
    if args.json:
        write_json(args.json, report)
    _print(report, Console())
    return 0


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
