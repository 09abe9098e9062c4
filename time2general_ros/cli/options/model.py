"""The options that choose a model and how it runs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from time2general_ros.cli.options import numbers
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.engines.precision import PRECISIONS
from time2general_ros.streaming.memory_modes import (
    MEMORY,
    MODES,
    PARTS,
    inertia_of,
    is_memory_mode,
    is_smoothing,
)
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.streaming.engines.engine import Engine
    from time2general_ros.streaming.segmenter import Segmenter

BOTH = 'both'


def add_model_options(
    parser: argparse.ArgumentParser, engine: str = AUTO, *, with_both: bool = False
) -> None:
    """
    Add the options that :func:`open_segmenter` reads.

    :param engine: The default; a fixed one where figures of several runs are put together.
    :param with_both: Whether ``--memory both`` is taken too, which opens as ``on``.
    """
    parser.add_argument(
        '--model', type=user_path, metavar='DIR', help='model folder (default: the one shipped)'
    )
    parser.add_argument(
        '--engine',
        default=engine,
        metavar='NAME',
        help='openvino, onnxruntime, tensorrt, torch, or auto for the best that works here '
        f'(default: {engine})',
    )
    parser.add_argument(
        '--precision',
        choices=(AUTO, *PRECISIONS),
        default=AUTO,
        help="what the engine computes in (default: auto, the engine's own choice)",
    )
    modes = f'{MEMORY}, or both (on, and off beside)' if with_both else MEMORY
    parser.add_argument(
        '--memory',
        type=_memory_mode_or_both if with_both else memory_mode,
        default='on',
        metavar='MODE',
        help=f'{modes}: use earlier frames, none, parts of what is remembered of them, or smooth '
        'the scores of single frames instead (default: on)',
    )
    parser.add_argument(
        '--threads', type=numbers.threads, metavar='N', help='CPU threads of the engine'
    )
    parser.add_argument(
        '--max-gap',
        type=numbers.number(1e-3, 1e6),
        default=1.0,
        metavar='S',
        help='forget earlier frames after a gap of this many seconds (default: 1)',
    )


def add_overwrite_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that lets ``--out`` replace a bag."""
    parser.add_argument(
        '--overwrite', action='store_true', help='replace the output if it exists already'
    )


def open_segmenter(args: argparse.Namespace, cameras: int = 1) -> Segmenter:
    """
    Load the model that the arguments name into its engine.

    Where the arguments leave the engine or its precision open, they are set to what was chosen.

    :param cameras: How many may have a frame at the same time.

    :raises Time2GeneralError: if the model or the engine is unusable.
    """
    from time2general_ros.streaming.engines import create_engine
    from time2general_ros.streaming.model_folder import load_model_folder

    engine = create_engine(
        args.engine,
        load_model_folder(args.model),
        precision=args.precision,
        threads=args.threads,
        cameras=cameras,
        report=lambda line: print(line, file=sys.stderr),
    )
    args.engine, args.precision = engine.name, engine.precision
    return segmenter_on(engine, args)


def segmenter_on(engine: Engine, args: argparse.Namespace) -> Segmenter:
    """Make a segmenter that remembers nothing yet, with the memory that the arguments ask for."""
    from time2general_ros.streaming.baselines import PartialMemory, SmoothedScores
    from time2general_ros.streaming.segmenter import Segmenter

    mode, gap = args.memory, args.max_gap
    if mode in PARTS:
        return PartialMemory(engine, PARTS[mode], max_gap_s=gap)
    if is_smoothing(mode):
        return SmoothedScores(engine, inertia_of(mode), max_gap_s=gap)
    return Segmenter(engine, max_gap_s=gap, use_memory=mode in ('on', BOTH))


def memory_mode(text: str) -> str:
    """
    Read how earlier frames are used.

    :raises argparse.ArgumentTypeError: if there is no such way.
    """
    if not is_memory_mode(text):
        raise argparse.ArgumentTypeError(f'{text!r} is not a way to use memory; give {MODES}')
    return text


def _memory_mode_or_both(text: str) -> str:
    return text if text == BOTH else memory_mode(text)
