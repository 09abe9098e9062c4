"""The command ``time2general agreement``: whether engines give the same masks."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from time2general_ros.cli.options.scoring import add_map_option
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.comma_list import comma_list
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.specs import DATA_SETS, open_data
from time2general_ros.evaluation.evaluate import evaluate
from time2general_ros.evaluation.segmenter_predictor import SegmenterPredictor
from time2general_ros.streaming.engines import check_engine, create_engine
from time2general_ros.streaming.engines.errors import EngineError
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.engines.precision import PRECISIONS
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.streaming.segmenter import Segmenter
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    import numpy.typing as npt

    from time2general_ros.data.labelled_video import LabelledFrame
    from time2general_ros.streaming.model_folder import ModelFolder

DEFAULT = 'openvino:f32,openvino:bf16,onnxruntime:f32,torch:f32'


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'agreement',
        help='compare the masks of engines, frame by frame',
        description='Run each engine over labelled videos, with its own memory, and compare its '
        'masks with those of the first engine, in percent of the pixels.',
    )
    usages = ' or '.join(usage for usage, _ in DATA_SETS.values())
    parser.add_argument('--data', required=True, help=usages, metavar='DATA')
    parser.add_argument('--split', default='val', help='part of the data (default: val)')
    parser.add_argument(
        '--model', type=user_path, metavar='DIR', help='model folder (default: the one shipped)'
    )
    parser.add_argument(
        '--engines',
        type=read_engines,
        metavar='LIST',
        help='names, each with a precision or its own choice (default: those that work here of '
        f'{DEFAULT})',
    )
    add_map_option(parser)
    parser.set_defaults(func=run)


def read_engines(text: str) -> list[tuple[str, str]]:
    """
    Read a list such as ``openvino:f32,torch``.

    :returns: Names with their precisions, ``auto`` where none is given.
    :raises argparse.ArgumentTypeError: if there is no such precision.
    """
    engines = []
    for part in comma_list(text):
        name, _, precision = part.partition(':')
        if (precision or AUTO) not in (AUTO, *PRECISIONS):
            raise argparse.ArgumentTypeError(
                f'{precision!r} in {text!r} is no precision; give one of {", ".join(PRECISIONS)}'
            )
        engines.append((name, precision or AUTO))
    return engines


class KeepingPredictor(SegmenterPredictor):
    """Answers like its parent and keeps what it answered, as uint8 [H, W] a frame."""

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__(segmenter)
        self.masks: list[npt.NDArray[np.uint8]] = []

    def predict(self, frame: LabelledFrame) -> npt.NDArray[np.uint8]:
        """Segment one frame."""
        mask = super().predict(frame)
        self.masks.append(mask)
        return mask


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    model, data = load_model_folder(args.model), open_data(args.data, args.split)
    # Before minutes of scoring, whose figures come all at once.
    if args.engines:
        for name, precision in args.engines:
            check_engine(name, model, precision=precision)
    engines = args.engines or _those_that_work(model)
    table = Table('engine', 'precision', 'equal, mean', 'worst frame', 'mIoU')
    reference: list[npt.NDArray[np.uint8]] = []
    for name, precision in engines:
        segmenter = Segmenter(create_engine(name, model, precision=precision))
        predictor = KeepingPredictor(segmenter)
        with FrameProgress('frames') as progress:
            scores = evaluate(
                predictor,
                data,
                (1,),
                mapped=args.map,
                with_flow=False,
                on_frame=progress.show,
            )[1]
        engine = segmenter.engine
        segmenter.close()
        reference = reference or predictor.masks
        pairs = zip(predictor.masks, reference, strict=True)
        equal = [float((mask == expected).mean()) for mask, expected in pairs]
        if not equal:
            raise DataError(f'{args.data} has no frame in {args.split}; name another part')
        figures = (float(np.mean(equal)), min(equal), scores.accuracy.miou)
        shown = ('-' if share is None else f'{100 * share:.2f}' for share in figures)
        table.add_row(engine.name, engine.precision, *shown)
    Console().print(table)
    return 0


def _those_that_work(model: ModelFolder) -> list[tuple[str, str]]:
    working = []
    for name, precision in read_engines(DEFAULT):
        try:
            check_engine(name, model, precision=precision)
        except EngineError as error:
            print(f'note: {name} in {precision} is left out: {error}', file=sys.stderr)
        else:
            working.append((name, precision))
    return working
