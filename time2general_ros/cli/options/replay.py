"""The options of a replay that say what is read and written."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from time2general_ros.cli.options import numbers
from time2general_ros.labels.files import load_label_set
from time2general_ros.labels.label_set import LabelSetError
from time2general_ros.messages.encoding_names import WHOLE_SAMPLE
from time2general_ros.replay.outputs.camera_outputs import MASKS
from time2general_ros.replay.sources.copies import ALL
from time2general_ros.replay.sources.open_source import is_recording

if TYPE_CHECKING:
    from collections.abc import Sequence


class _EachOnce(argparse.Action):
    """Collects the values of a flag that may be repeated; a value that comes again is one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        given = [*getattr(namespace, self.dest), *(values or ())]
        setattr(namespace, self.dest, [*dict.fromkeys(given)])


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what of the sources is looked at."""
    parser.add_argument(
        '--topic',
        nargs=1,
        action=_EachOnce,
        default=[],
        metavar='T',
        help='image topic; may be repeated (default: for a bag alone the only one, for a folder '
        'those of all cameras)',
    )
    for name, what in (('--start', 'first'), ('--end', 'last')):
        parser.add_argument(
            name,
            type=numbers.number(0, 1e11),
            metavar='S',
            help=f'{what} moment: seconds from the beginning, or since 1970',
        )
    parser.add_argument(
        '--every',
        type=numbers.whole_number(),
        default=1,
        metavar='N',
        help='take every N-th image of a topic (default: 1)',
    )
    parser.add_argument(
        '--rate',
        type=numbers.number(1e-3, 1e9),
        default=30.0,
        metavar='HZ',
        help='what the numbers in the names of images count: 1/HZ s (default: 30)',
    )
    parser.add_argument(
        '--image-bits',
        type=int,
        choices=range(8, WHOLE_SAMPLE + 1),
        default=WHOLE_SAMPLE,
        metavar='N',
        help='how many low bits the camera uses of each 16-bit sample, 8 to 16 (default: 16)',
    )


def add_label_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where ground truth is."""
    parser.add_argument(
        '--labels',
        metavar='WHERE',
        help='ground truth for the figures: a topic of the bag, a folder of *.png, or a data set',
    )
    parser.add_argument(
        '--split', default='val', help='part of a data set (default: val)', metavar='SPLIT'
    )
    parser.add_argument(
        '--label-set',
        type=known_label_set,
        metavar='NAME',
        help='classes of labels on a topic or in a folder (default: those of the model)',
    )
    parser.add_argument(
        '--void-id',
        type=numbers.whole_number(0, 255),
        metavar='N',
        help='id that stands for void there, beside 255',
    )


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what of the results is written."""
    parser.add_argument(
        '--masks',
        choices=MASKS,
        default='raw',
        help='how masks and confidences are written; png is smaller (default: raw)',
    )
    parser.add_argument(
        '--copy',
        type=topic_to_copy,
        nargs='+',
        action=_EachOnce,
        default=[],
        metavar='TOPIC',
        help='copy topics of the bag to the output; all for every one that the replay does not '
        'write itself. Give SOURCE before',
    )
    parser.add_argument(
        '--no-flow',
        dest='flow',
        action='store_false',
        help='leave out figures along optical flow, which take most of the time',
    )


def topic_to_copy(text: str) -> str:
    """
    Read the name of a topic, or ``all``: a recording that stands behind them is none.

    :raises argparse.ArgumentTypeError: if it is a recording.
    """
    if text != ALL and is_recording(text):
        raise argparse.ArgumentTypeError(
            f'{text} is a recording, and --copy takes all that follows it for topics; give '
            'SOURCE before --copy'
        )
    return text


def known_label_set(text: str) -> str:
    """
    Read the name or the file of a label set.

    :raises argparse.ArgumentTypeError: if there is none.
    """
    try:
        load_label_set(text)
    except LabelSetError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
