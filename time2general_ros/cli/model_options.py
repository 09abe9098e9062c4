"""The options that choose a model and how it runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time2general_ros.streaming.segmenter import Segmenter

USES_MEMORY = {'on': True, 'off': False}


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that :func:`open_segmenter` reads."""
    parser.add_argument(
        '--model', type=Path, metavar='DIR', help='model folder (default: the one shipped)'
    )
    parser.add_argument(
        '--engine', default='openvino', metavar='NAME', help='inference engine (default: openvino)'
    )
    parser.add_argument(
        '--memory', choices=USES_MEMORY, default='on', help='use earlier frames (default: on)'
    )
    parser.add_argument(
        '--threads', type=positive_int, metavar='N', help='CPU threads of the engine'
    )
    parser.add_argument(
        '--max-gap',
        type=positive_float,
        default=1.0,
        metavar='S',
        help='forget earlier frames after a gap of this many seconds (default: 1)',
    )


def open_segmenter(args: argparse.Namespace) -> Segmenter:
    """
    Load the model that the arguments name into its engine.

    :raises Time2GeneralError: if the model or the engine is unusable.
    """
    from time2general_ros.streaming.engines import create_engine
    from time2general_ros.streaming.model_folder import load_model_folder
    from time2general_ros.streaming.segmenter import Segmenter

    engine = create_engine(args.engine, load_model_folder(args.model), threads=args.threads)
    return Segmenter(engine, max_gap_s=args.max_gap, use_memory=USES_MEMORY[args.memory])


def positive_int(text: str) -> int:
    """
    Read a whole number of at least 1.

    :raises argparse.ArgumentTypeError: if it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is not a whole number from 1')
    return int(text)


def positive_float(text: str) -> float:
    """
    Read a finite number above 0.

    :raises argparse.ArgumentTypeError: if it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text!r} is not a number above 0')
    return value
