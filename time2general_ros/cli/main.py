"""The command line ``time2general``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
import sys

from time2general_ros import __version__
from time2general_ros.cli.terminal.refusals import refusal
from time2general_ros.cli.terminal.termination import TerminatedError, signals_unwind
from time2general_ros.errors import Time2GeneralError
from time2general_ros.imports import import_errors_told

# Known without importing the commands, which load what most calls do not need.
COMMANDS = {
    'replay': 'segment every frame of a bag',
    'fleet': 'replay many recordings with several workers',
    'compare': 'compare replays of the same recordings',
    'evaluate': 'score a model on labelled videos',
    'benchmark': 'score a model in many settings, in one table',
    'agreement': 'compare the masks of engines, frame by frame',
    'data': 'check and split labelled data',
    'train': 'train a model',
    'backbone': 'get a pretrained encoder, and check it',
    'assemble': 'join a shipped trained part with its frozen encoder',
    'anchors': 'embed the class names of a label set for the text input',
    'export': 'make a model folder for the engine of a target',
    'layout': 'write what shows or uses the classes of a model',
    'bench': 'time a model, stage by stage, and beside others',
    'load': 'put cameras on the live node and account for every image',
    'synthesize': 'render a synthetic drive to a bag',
    'demo': 'watch the node segment a synthetic drive',
}
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the command line.

    :param argv: Arguments without the program's name; those of the process if not given.
    :returns: The exit status.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == 'strict':
        # Names of classes and files may hold what a terminal has no letters for.
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        with import_errors_told():
            args = _parser(_chosen(arguments)).parse_args(arguments)
            with signals_unwind():
                status: int = args.func(args)
    except Time2GeneralError as error:
        print(f'error: {error}', file=sys.stderr)
        return error.exit_code
    except OSError as error:
        # A full disk, no folder for temporary files, a working directory that is gone.
        print(f'error: {refusal(error)}', file=sys.stderr)
        return Time2GeneralError.exit_code
    except TerminatedError as error:
        print(f'terminated by {error}', file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        return INTERRUPTED
    return status


def _chosen(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if not word.startswith('-')), None)


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='time2general',
        description='Temporally stable semantic segmentation of camera streams.',
    )
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    for name, summary in COMMANDS.items():
        if name == chosen:
            import_module(f'time2general_ros.cli.{name}').add_parser(commands)
        else:
            commands.add_parser(name, help=summary)
    return parser


if __name__ == '__main__':
    sys.exit(main())
