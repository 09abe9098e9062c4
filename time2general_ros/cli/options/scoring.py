"""The options that say on what a model is scored, and the model as what is scored."""

from __future__ import annotations

import argparse

from time2general_ros.cli.options import numbers
from time2general_ros.cli.options.model import open_segmenter
from time2general_ros.comma_list import comma_list
from time2general_ros.data.corruptions.corruption import CorruptionError, parse_corruption
from time2general_ros.evaluation.segmenter_predictor import SegmenterPredictor
from time2general_ros.labels.label_set import LabelSetError
from time2general_ros.labels.relations import MAP_EXAMPLE, read_class_map
from time2general_ros.user_path import user_path


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


def open_predictor(args: argparse.Namespace) -> SegmenterPredictor:
    """Load the model that the arguments name into its engine."""
    return SegmenterPredictor(open_segmenter(args))
