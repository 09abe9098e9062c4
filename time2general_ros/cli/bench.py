"""``time2general bench``: time a model, stage by stage, and beside others."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from time2general_ros.cli.options import numbers
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.timing.bench import run_bench
from time2general_ros.timing.bench_plan import BenchPlan
from time2general_ros.timing.bench_table import print_result
from time2general_ros.timing.errors import TimingError
from time2general_ros.timing.rivals import RIVALS
from time2general_ros.user_path import user_path
from time2general_ros.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMAGE_SIZE = (480, 640)
# Sides of what networks see are multiples of this.
GRID = 64
ENCODINGS = ('bgr8', 'rgb8')


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'bench',
        help='time a model, stage by stage, and beside others',
        description='Time the way of a frame from the bytes of a camera message to those of the '
        'masks: preprocess, step, postprocess. What it is compared with is run in turn with it.',
    )
    parser.add_argument(
        '--model', type=user_path, metavar='DIR', help='model folder (default: the one shipped)'
    )
    parser.add_argument(
        '--engine', default=AUTO, metavar='NAME', help='inference engine (default: auto)'
    )
    parser.add_argument(
        '--precision',
        default=AUTO,
        metavar='P',
        help='f32, bf16 or f16, as the engine has it (default: auto)',
    )
    parser.add_argument(
        '--size',
        type=numbers.read_size,
        metavar='HxW',
        help='what the network sees; it is exported for that size if need be. Any other than '
        f'multiples of {GRID} is the size of the camera images instead (default: as the model)',
    )
    parser.add_argument(
        '--image',
        type=numbers.read_size,
        metavar='HxW',
        help=f'size of the camera images (default: {IMAGE_SIZE[0]}x{IMAGE_SIZE[1]})',
    )
    parser.add_argument(
        '--encoding',
        choices=ENCODINGS,
        default=ENCODINGS[0],
        help=f'of the camera images (default: {ENCODINGS[0]})',
    )
    parser.add_argument(
        '--cameras', type=numbers.cameras, default=1, metavar='N', help='cameras (default: 1)'
    )
    parser.add_argument(
        '--threads', type=numbers.threads, metavar='N', help='CPU threads of the engine'
    )
    parser.add_argument(
        '--against',
        action='append',
        choices=list(RIVALS),
        default=[],
        help='clip: the network over five frames for every answer; segformer-b0: that network, '
        'with random weights, in the same engine. May be given more than once',
    )
    parser.add_argument(
        '--frames',
        type=numbers.whole_number(),
        default=100,
        metavar='N',
        help='timed (default: 100)',
    )
    parser.add_argument(
        '--repeats',
        type=numbers.whole_number(),
        default=10,
        metavar='N',
        help='turns that these are divided into, between those of the others (default: 10)',
    )
    parser.add_argument(
        '--json', type=user_path, metavar='FILE', help='write the figures there too'
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    :raises TimingError: if the figures cannot be written.
    """
    errors = Console(stderr=True, soft_wrap=True)

    def report(line: str) -> None:
        errors.print(line, highlight=False, markup=False)

    plan = _plan(args, report)
    if args.json:
        _check_writable(args.json)
    with FrameProgress('turns') as progress:
        result = run_bench(plan, report, progress.show)
    print_result(result, Console(soft_wrap=True))
    if args.json:
        _write(args.json, json.dumps(result.to_json(), indent=2) + '\n')
    return 0


def _plan(args: argparse.Namespace, report: Callable[[str], None]) -> BenchPlan:
    input_size, image_size = args.size, args.image
    if input_size and any(side % GRID for side in input_size):
        if image_size:
            raise TimingError(
                f'--size {input_size[0]}x{input_size[1]} is not of multiples of {GRID}, which '
                'networks need; give one that is'
            )
        report(
            f'{input_size[0]}x{input_size[1]} is taken for the size of the camera images: what '
            f'the network sees would have to be multiples of {GRID}'
        )
        input_size, image_size = None, input_size
    return BenchPlan(
        engine=args.engine,
        precision=args.precision,
        model=args.model,
        input_size=input_size,
        image_size=image_size or IMAGE_SIZE,
        encoding=args.encoding,
        cameras=args.cameras,
        threads=args.threads,
        against=tuple(dict.fromkeys(args.against)),
        frames=args.frames,
        turns=args.repeats,
    )


def _check_writable(path: Path) -> None:
    """Tell before minutes of timing rather than after; leaves no file behind."""
    existed = path.exists()
    with _told(path):
        path.open('a', encoding='utf-8').close()
    if not existed:
        path.unlink()


def _write(path: Path, text: str) -> None:
    with _told(path):
        write_whole(path, text.encode())


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TimingError(
            f'cannot write {path}: {error.strerror}; name a file with --json that can be written'
        ) from error
