"""``time2general train``: train a model by a recipe and write its model folder."""

from __future__ import annotations

import argparse
from pathlib import Path
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from time2general_ros.cli.options import numbers
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.cli.training.chain import recipes_to_run
from time2general_ros.cli.training.own_classes import add_own_options, check_options, recipe_of
from time2general_ros.revision import revision
from time2general_ros.user_path import user_path
from time2general_ros.whole import whole

if TYPE_CHECKING:
    from time2general_ros.training.hardware import Hardware
    from time2general_ros.training.teachers.held_out import Check


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'train',
        help='train a model',
        description='Train a model by a recipe (see config/train), or with --from and --data on '
        'pictures of your own. A run that was cut off goes on where it stopped when the same '
        'command is given again. At the end OUT/model holds the weights, the ONNX graph and the '
        'card. With --all the recipes that it comes after are run first.',
    )
    parser.add_argument(
        'recipe', type=user_path, nargs='?', metavar='RECIPE.yaml', help='what to train and how'
    )
    parser.add_argument(
        '--out', type=user_path, required=True, metavar='DIR', help='folder of the run: state, log'
    )
    parser.add_argument(
        '--all',
        action='store_true',
        help='first run the recipes that it names as after, as far as they are not finished',
    )
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='print what would be run, in which order, and whether it can be; train nothing',
    )
    parser.add_argument(
        '--cache',
        type=user_path,
        default=Path('out/train/drives'),
        metavar='DIR',
        help='folder that keeps rendered drives (default: out/train/drives)',
    )
    parser.add_argument(
        '--accelerator',
        choices=('auto', 'cpu', 'cuda'),
        default='auto',
        help='what to compute on (default: a GPU if there is one)',
    )
    parser.add_argument(
        '--devices',
        type=numbers.whole_number(most=1024),
        default=1,
        metavar='N',
        help='processes with a device each (default: 1); torchrun decides it where it starts us',
    )
    add_own_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Train, then export; with ``--all`` one recipe after the other."""
    from time2general_ros.training.hardware import Hardware, check_hardware

    check_options(args)
    hardware = Hardware(args.accelerator, args.devices)
    if not args.dry_run:
        check_hardware(hardware)
    if args.all or args.dry_run:
        for file, out in recipes_to_run(args):
            train(file, out, args.cache, hardware)
        return 0
    began = time.monotonic()
    train(recipe_of(args, hardware), args.out, args.cache, hardware, began)
    return 0


def train(
    file: Path, out: Path, cache: Path, hardware: Hardware, began: float | None = None
) -> None:
    """
    Run one recipe to its end, and write its model folder.

    :param out: Folder of the run; cache: of rendered drives.
    :param began: Time of :func:`time.monotonic` from which on its time counts; now by default.
    """
    from safetensors.torch import load_file

    from time2general_ros.cli.training.learned import write_outcome
    from time2general_ros.export.folder import write_model_folder
    from time2general_ros.training.chains.chain import read_chain
    from time2general_ros.training.chains.run_record import begin_leg, end_run, ended
    from time2general_ros.training.hardware import hardware_line
    from time2general_ros.training.run_folder import RunFolder
    from time2general_ros.training.trainer import Trainer

    began = time.monotonic() if began is None else began
    link = read_chain(file, out)[-1]
    recipe = link.recipe
    trainer = Trainer(recipe, out, cache, hardware)
    fabric = trainer.fabric
    record = begin_leg(link, revision(), hardware_line(fabric)) if fabric.is_global_zero else None
    if recipe.teacher:
        with FrameProgress('images labelled') as progress:
            trainer.teach(progress.show)
    console = Console(stderr=True, soft_wrap=True)

    def told(check: Check) -> None:
        left = (
            f'; at most {trainer.minutes_left:.1f} min of learning left' if recipe.minutes else ''
        )
        console.print(escape(check.line + left))

    with FrameProgress('steps') as progress:
        weights = trainer.run(progress.show, told)
    if record:
        record = ended(record, trainer.total_s)
        everything = ' --all' if recipe.after else ''
        command = f'time2general train {file} --out {out}{everything}'
        about = {
            'recipe': str(file),
            'command': command,
            **recipe.describe(),
            **record.card,
        }
        folder = RunFolder(out).model
        with whole(folder) as place:
            write_model_folder(load_file(weights), trainer.config, place, about)
        console.print(f'model written to {escape(str(folder))}')
        if recipe.held_out:
            spent_s = trainer.earlier_s + time.monotonic() - began
            write_outcome(out, recipe, about, spent_s)
            console.print(f'summary written to {escape(str(out / "summary.html"))}')
        end_run(out, record)
    # Other processes may go on with a recipe that starts from what was written.
    fabric.barrier()
