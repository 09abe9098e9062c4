"""``time2general data``: look at a data set before anything learns from it."""

from __future__ import annotations

import argparse
from dataclasses import replace
import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from time2general_ros.cli import data_pictures
from time2general_ros.cli.options import numbers
from time2general_ros.cli.terminal.data_tables import facts_of, print_parts, print_split
from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.comma_list import comma_list
from time2general_ros.data.labelled_video import DataError
from time2general_ros.data.own.copy import check_part_name, copy_data, some_drives
from time2general_ros.data.own.division import MADE, find_division, write_splits
from time2general_ros.data.sets.plain import folder_splits, open_folder
from time2general_ros.data.specs import DATA_SETS, open_data
from time2general_ros.data.survey.proposal import propose_val
from time2general_ros.data.survey.survey import survey
from time2general_ros.data.survey.suspicions import suspicions
from time2general_ros.evaluation.report import check_writable, write_json
from time2general_ros.report.label_sheet import LabelSheet
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.data.labelled_video import LabelledVideos
    from time2general_ros.data.survey.survey import Survey

# Frames of each part on the contact sheet.
SHOWN = 8
PARTLESS = ('bag', 'synthetic')


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'data',
        help='check and split labelled data',
        description='Look at labelled data before anything learns from it.',
    )
    actions = parser.add_subparsers(title='actions', metavar='ACTION', required=True)
    usages = ' or '.join(usage for usage, _ in DATA_SETS.values())

    check = actions.add_parser(
        'check',
        help='read everything once, and tell what it holds and what is odd',
        description='Read every frame once and print what there is: frames, videos, rates, '
        'sizes, classes, void, and what is suspicious. The exit status is 1 if something cannot '
        'be read.',
    )
    check.add_argument('data', help=usages, metavar='DATA')
    check.add_argument(
        '--split',
        type=_names,
        metavar='LIST',
        help='parts of the data (default: all that a folder has, of other data train,val)',
    )
    check.add_argument('--sheet', type=user_path, metavar='FILE.png', help='write a contact sheet')
    check.add_argument('--json', type=user_path, metavar='FILE', help='write all figures there')
    check.set_defaults(func=run_check)

    split = actions.add_parser(
        'split',
        help='propose train and val by drive',
        description='Propose which drives of a folder to keep aside for validation: whole drives, '
        'with about the same share of each class, never neighbouring frames.',
    )
    split.add_argument('data', help='folder:PATH', metavar='DATA')
    split.add_argument(
        '--of',
        metavar='SPLIT',
        help='the part to split (default: the only one, else train); train and val that are '
        'drives of it are made anew',
    )
    split.add_argument(
        '--share',
        type=numbers.number(1, 90),
        default=20.0,
        metavar='PERCENT',
        help='of the labelled frames that val gets (default: 20)',
    )
    split.add_argument(
        '--write', action='store_true', help='write the parts into dataset.json of the folder'
    )
    split.set_defaults(func=run_split)

    copy = actions.add_parser(
        'copy',
        help="write labelled data as a folder of one's own",
        description='Write the labelled frames of some data as DIR/PART/images and '
        'DIR/PART/labels, with their classes in DIR/dataset.json: data as folder:DIR has it.',
    )
    copy.add_argument('data', help=usages, metavar='DATA')
    copy.add_argument('--split', default='train', help='part of the data (default: train)')
    copy.add_argument('--out', type=user_path, required=True, metavar='DIR', help='the folder')
    copy.add_argument(
        '--as', dest='part', metavar='PART', help='its part there (default: as in the data)'
    )
    copy.add_argument(
        '--frames',
        type=numbers.whole_number(),
        metavar='N',
        help='no more than so many, of whole drives (default: all)',
    )
    copy.set_defaults(func=run_copy)
    data_pictures.add_action(actions)


def _names(text: str) -> tuple[str, ...]:
    names = comma_list(text)
    if '' in names:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no list of parts; give one or more, as train,val'
        )
    return names


def run_check(args: argparse.Namespace) -> int:
    """
    Read a data set and print what it holds.

    :returns: The exit status: 1 if something cannot be read.
    """
    for file in (args.json, args.sheet):
        if file:
            check_writable(file)
    parts: dict[str, Survey] = {}
    sheet = None
    for name in args.split or _parts(args.data):
        data = open_data(args.data, name)
        # One sheet for all parts; the classes are those of the set.
        sheet = sheet or LabelSheet(data.label_set, _labelled(data) // SHOWN)
        parts[name] = _read(data, sheet, name)
    told = suspicions(parts)
    console = Console(soft_wrap=True)
    print_parts(parts, told, console)
    if sheet and args.sheet:
        sheet.write(args.sheet)
        console.print(f'contact sheet written to {escape(str(args.sheet))}')
    if args.json:
        report = {name: facts_of(found) for name, found in parts.items()}
        write_json(args.json, {'data': args.data, 'parts': report, 'suspicious': told})
    return int(any(found.faults for found in parts.values()))


def run_split(args: argparse.Namespace) -> int:
    """
    Propose a split, and write it if asked to.

    :returns: The exit status.
    """
    kind, _, where = args.data.partition(':')
    if kind != 'folder':
        raise DataError(
            f'{args.data} has parts of its own; only those of folder:PATH are proposed'
        )
    root = user_path(where)
    division = find_division(root, args.of)
    data = open_folder(root, division.part, entire=division.anew)
    videos = [video for video in data.videos if video.drive not in division.taken]
    found = _read(replace(data, videos=videos), None, division.part)
    if found.faults:
        raise DataError(f'{found.faults[0]} ({len(found.faults)} faults); see data check')
    aside = propose_val(found.drives, args.share / 100)
    kept = [name for name in found.drives if name not in aside]
    splits = division.splits(kept, aside)
    console = Console(soft_wrap=True)
    print_split(found, {name: splits[name]['drives'] for name in MADE}, console)
    if args.write:
        console.print(f'written to {escape(str(write_splits(root, splits)))}')
    else:
        console.print('for dataset.json, whose other splits stay, or run again with --write:')
        console.print(escape(f'"splits": {json.dumps(splits, ensure_ascii=False)}'))
    return 0


def run_copy(args: argparse.Namespace) -> int:
    """
    Write data as a folder.

    :returns: The exit status.
    """
    part = args.part or args.split
    check_part_name(part)
    data = open_data(args.data, args.split)
    drives = some_drives(data, args.frames)
    with FrameProgress('frames') as progress:
        frames = copy_data(data, args.out, part, drives, progress.show)
    Console(soft_wrap=True).print(
        f'{frames} frames of {len(drives)} drives written to {escape(str(args.out / part))}'
    )
    return 0


def _parts(spec: str) -> list[str]:
    kind, _, where = spec.partition(':')
    if kind == 'folder':
        return folder_splits(user_path(where)) or ['train']
    return ['all'] if kind in PARTLESS else ['train', 'val']


def _labelled(data: LabelledVideos) -> int:
    return sum(len(getattr(video, 'labelled', range(len(video)))) for video in data.videos)


def _read(data: LabelledVideos, sheet: LabelSheet | None, name: str) -> Survey:
    with FrameProgress(f'frames of {name}') as progress:
        return survey(
            data,
            progress.show,
            lambda frame: sheet.add(frame.name, frame.image, frame.labels) if sheet else None,
        )
