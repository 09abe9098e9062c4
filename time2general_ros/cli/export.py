"""``time2general export``: make a model folder for the engine of a target."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from time2general_ros.cli.options import numbers
from time2general_ros.cli.options.libraries import MissingLibraryError, training_libraries
from time2general_ros.streaming.engines.errors import EngineError
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.engines.table import TENSORRT_REMEDY
from time2general_ros.streaming.model_folder import load_model_folder
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from time2general_ros.streaming.model_folder import ModelFolder


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'export',
        help='make a model folder for the engine of a target',
        description='Write a model folder whose graph has the image size, cameras and precision '
        'of its target. For TensorRT the plan is built too where TensorRT is installed.',
    )
    parser.add_argument(
        'model',
        type=user_path,
        metavar='MODEL',
        help='model folder; its card and weights are read',
    )
    parser.add_argument(
        '--engine', required=True, metavar='NAME', help='onnxruntime, openvino, tensorrt or torch'
    )
    parser.add_argument(
        '--size',
        type=numbers.read_size,
        metavar='HxW',
        help="network's image (default: as the model)",
    )
    parser.add_argument(
        '--cameras',
        type=numbers.cameras,
        default=1,
        metavar='N',
        help='cameras that share one step (default: 1)',
    )
    parser.add_argument(
        '--precision',
        default=AUTO,
        metavar='P',
        help='f32, f16 or bf16 (default: f16 for tensorrt, f32 for the others)',
    )
    parser.add_argument('--out', type=user_path, metavar='DIR', help='new folder')
    parser.add_argument(
        '--memory-mb',
        type=numbers.number(1e-3, 1e9),
        metavar='MB',
        help='refuse what needs more memory (default: as much as this machine has)',
    )
    parser.add_argument(
        '--build-only',
        action='store_true',
        help='build the TensorRT plan of MODEL as it is, on the machine that will run it',
    )
    parser.add_argument(
        '--cache', type=user_path, metavar='DIR', help='where plans are kept (see docs/export.md)'
    )
    parser.set_defaults(func=run, usage_error=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    if args.build_only == (args.out is not None):
        args.usage_error('give either --out DIR or --build-only')
    if args.build_only and args.engine != 'tensorrt':
        args.usage_error('only tensorrt has plans to build')
    model = load_model_folder(_folder(args.model))
    if not args.build_only:
        model = _export(model, args)
        print(args.out)
    if args.engine == 'tensorrt':
        _build(model, args)
    return 0


def _export(model: ModelFolder, args: argparse.Namespace) -> ModelFolder:
    with training_libraries('export'):
        from time2general_ros.export.artefact import Target, export_model
    target = Target(args.engine, args.precision, args.size, args.cameras, args.memory_mb)
    return load_model_folder(export_model(model, target, args.out))


def _build(model: ModelFolder, args: argparse.Namespace) -> None:
    try:
        from time2general_ros.streaming.engines.tensorrt.plan_cache import PlanCache
        from time2general_ros.streaming.engines.tensorrt.plans import PlanSource
    except (ModuleNotFoundError, EngineError) as error:
        if args.build_only:
            raise MissingLibraryError(
                f'no plan can be built here: {error}; {TENSORRT_REMEDY}'
            ) from error
        _say(
            f'no plan was built: {error}. Copy {args.out} to the machine that will run it and '
            f'build there: time2general export {args.out} --engine tensorrt --build-only'
        )
        return
    source = PlanSource(model, cache=PlanCache(args.cache), report=_say)
    path = source.open_largest(lambda plan: plan.path, model.batch)
    if path is None:
        raise EngineError('the plan was built and is lost; name a folder for it with --cache DIR')
    print(path)


def _folder(path: Path) -> Path:
    """Take the card or the weights for the folder that they lie in."""
    return path.parent if path.name in ('card.json', 'weights.safetensors') else path


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
