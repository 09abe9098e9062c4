"""From the options of ``train --from`` to the recipe that is run."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from time2general_ros.cli.options import numbers
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.data.sets.videos import UnlabelledVideo, video_files
from time2general_ros.data.specs import DATA_SETS, open_data
from time2general_ros.data.survey.shared import UNCHECKED, share_unnamed_stills
from time2general_ros.errors import Time2GeneralError
from time2general_ros.evaluation.report import write_json
from time2general_ros.labels.relations import counterparts
from time2general_ros.labels.sides import sided_classes
from time2general_ros.share import share_folder
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.data.survey.survey import Survey
    from time2general_ros.streaming.model_folder import ModelFolder
    from time2general_ros.training.hardware import Hardware
    from time2general_ros.training.own.question import Question
    from time2general_ros.training.recipes.recipe import Recipe

# Less than that leaves no time to learn in.
LEAST_MINUTES = 3.0
# Stages of fewer steps hardly learn.
FEW_STEPS = 40
# Of the time, for the learning curve.
CURVE_SHARE, MINUTE_S = 0.08, 60.0
MINUTES, SEED = 45.0, 0


class OwnClassesError(Time2GeneralError):
    """The options do not say what to learn from what."""


def add_own_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that take the place of a recipe."""
    own = parser.add_argument_group('classes of your own, without a recipe')
    own.add_argument(
        '--from',
        dest='start',
        metavar='MODEL',
        help='start from a model: compact, small, or a model folder',
    )
    usages = ' or '.join(usage for usage, _ in DATA_SETS.values())
    own.add_argument(
        '--data', metavar='DATA', help=f'pictures with labels, parts train and val: {usages}'
    )
    own.add_argument(
        '--video',
        type=user_path,
        nargs='+',
        default=[],
        metavar='PATH',
        help='videos without labels, files or folders of *.mp4, to learn stability from',
    )
    own.add_argument(
        '--minutes',
        type=numbers.number(LEAST_MINUTES, 10_000),
        metavar='M',
        help=f'time for everything (default: {MINUTES:g})',
    )
    own.add_argument(
        '--seed', type=numbers.seed, metavar='N', help=f'of what is random (default: {SEED})'
    )


def check_options(args: argparse.Namespace) -> None:
    """
    See that a recipe and options of one's own classes are not given together.

    :raises OwnClassesError: if they are; names the options.
    """
    values = {
        '--from': args.start,
        '--data': args.data,
        '--video': args.video or None,
        '--minutes': args.minutes,
        '--seed': args.seed,
    }
    given = [name for name, value in values.items() if value is not None]
    if args.recipe and given:
        raise OwnClassesError(
            f'{args.recipe} is a recipe, which says itself what to start from, what to learn and '
            f'with which seed; leave out {" and ".join(given)}, or the recipe'
        )


def recipe_of(args: argparse.Namespace, hardware: Hardware) -> Path:
    """
    Return the recipe to run: the one given, or the one that the options make.

    :raises Time2GeneralError: if neither is given, or the data or the model is unusable.
    """
    if args.recipe:
        return Path(args.recipe)
    if not (args.start and args.data):
        raise OwnClassesError(
            'name a recipe, or what to start from and what to learn: time2general train --from '
            'compact --data folder:PATH --out DIR'
        )
    return _prepared(args, hardware)


def _prepared(args: argparse.Namespace, hardware: Hardware) -> Path:
    from time2general_ros.data.own.division import LEARNED
    from time2general_ros.training.own.parts import read_parts
    from time2general_ros.training.own.prepare import write_recipe
    from time2general_ros.training.own.question import RECIPE, Question, claim, drives_of
    from time2general_ros.training.recipes.recipe_file import load_recipe

    began = time.monotonic()
    console = Console(stderr=True, soft_wrap=True)
    model = start_model(args.start)
    videos = tuple(args.video)
    for path in videos:
        for file in video_files(path):
            UnlabelledVideo(file)
    terms = str(model.card.get('terms', 'not known'))
    name = args.out.resolve().name
    minutes = MINUTES if args.minutes is None else args.minutes
    seed = SEED if args.seed is None else args.seed
    question = Question(model.path, args.data, videos, minutes, seed, name, terms)
    data = open_data(args.data, LEARNED)
    weights = model.verified('weights.safetensors')
    if claim(args.out, question, weights, data.label_set, drives_of(data)):
        console.print(f'going on with the run in {escape(str(args.out))}')
        return Path(args.out / RECIPE)
    with FrameProgress('frames read') as progress:
        parts = read_parts(args.data, progress.show)
    console.print(escape('\n'.join(told(model, parts.learned, parts.held_out))))
    _show_curve(args.out, question, hardware, console)
    file = write_recipe(
        args.out,
        question,
        model.card['config'],
        model.labels,
        parts.learned,
        args.cache,
        replace(hardware, devices=1),
        began,
    )
    console.print(escape(planned(load_recipe(file))))
    return file


def _show_curve(out: Path, question: Question, hardware: Hardware, console: Console) -> None:
    from time2general_ros.training.own.curve import curve_from, verdict
    from time2general_ros.training.own.outcome import CURVE

    limit_s = CURVE_SHARE * question.minutes * MINUTE_S
    with FrameProgress('pictures looked at') as progress:
        points = curve_from(
            question.start, hardware, question.data, question.seed, limit_s, progress.show
        )
    if points:
        write_json(out / CURVE, {'points': points})
        console.print(verdict(points))


def planned(recipe: Recipe) -> str:
    """Say what is about to be done, and when it ends."""
    stages = [f'{s.name} {s.steps} steps ({s.minutes:.1f} min)' for s in recipe.stages]
    watched = [stage.name for stage in recipe.stages if stage.watched]
    rule = recipe.held_out
    ends = (
        f'; {" and ".join(watched)} end earlier after {rule.patience} looks at held-out drives '
        'without a gain, and keep what was best'
        if rule and watched
        else ''
    )
    few = min(stage.steps for stage in recipe.stages) < FEW_STEPS
    warning = '; these are few steps: give --minutes more' if few else ''
    return f'to learn: {", ".join(stages)}{ends}{warning}'


def start_model(name: str) -> ModelFolder:
    """
    Open the model to start from.

    :param name: That of a shipped one, or a folder.
    :raises ModelError: if it is none.
    """
    shipped = share_folder() / 'models' / name
    is_name = name not in ('', '.', '..') and Path(name).name == name
    if is_name and shipped.is_dir() and not Path(name).is_dir():
        return load_model_folder(shipped)
    return load_model_folder(user_path(name))


def _counts(learned: Survey, held_out: Survey) -> list[str]:
    if share_unnamed_stills(learned, held_out):
        counts = f'{learned.labelled} pictures to learn from, {held_out.labelled} held out'
        return [counts, f'warning: {UNCHECKED}']
    counts = (
        f'{learned.labelled} pictures of {len(learned.drives)} drives to learn from, '
        f'{held_out.labelled} of {len(held_out.drives)} other drives held out'
    )
    return [counts]


def told(model: ModelFolder, learned: Survey, held_out: Survey) -> list[str]:
    """Say what is learned from what, and what begins as what."""
    from time2general_ros.training.inheritance import kept_classes

    labels = learned.label_set
    pairs = kept_classes(labels, model.labels)
    begun = [f'{labels.classes[mine]} as {model.labels.classes[theirs]}' for mine, theirs in pairs]
    kept = {mine for mine, _ in pairs}
    fresh = [name for index, name in enumerate(labels.classes) if index not in kept]
    lines = _counts(learned, held_out)
    if taught := model.card.get('data'):
        data = str(taught).rstrip('.')
        lines.append(f'{model.name} has learned from: {data}; drives of these are no test of it')
    lines += [f'classes that begin as one of {model.name}: {", ".join(begun)}'] if begun else []
    if fresh and begun:
        lines.append(f'new classes: {", ".join(fresh)}')
    taken = counterparts(model.labels, labels)
    gone = [name for name, own in zip(model.labels.classes, taken, strict=True) if not own]
    if gone and begun:
        lines.append(f'classes of {model.name} that it will know no more: {", ".join(gone)}')
    if sided := sided_classes(labels):
        lines.append(f'pictures are not mirrored, since these are of a side: {", ".join(sided)}')
    if not begun:
        lines.append(
            f'{model.name} knows none of the classes {", ".join(fresh)}: all begin anew, what it '
            'sees is taken over; "groups" of a class say which old ones it stands for'
        )
    return lines
