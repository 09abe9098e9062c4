"""Cost and memory of thousands of frames, of four cameras and of longer memories, as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any

from time2general_ros.cli.terminal.progress import FrameProgress
from time2general_ros.streaming.engines import create_engine
from time2general_ros.streaming.model_folder import ModelFolder, load_model_folder
from time2general_ros.timing.bench_result import percentile
from time2general_ros.timing.camera import camera_messages
from time2general_ros.timing.child import in_child
from time2general_ros.timing.frame_path import FramePath
from time2general_ros.timing.long_run import run_long
from time2general_ros.timing.models import model_with_slots
from time2general_ros.timing.process_memory import peak_rss_mb
from time2general_ros.timing.turns import Runner, take_turns

IMAGE = (480, 640)
SLOTS = (1, 2, 4, 8, 16)
CAMERAS = (1, 4)
WARMUP = 20


def main() -> None:
    """Run the parts that were asked for and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('parts', nargs='*', default=[], help=f'any of {list(PARTS)}; all if none')
    parser.add_argument('--model', type=Path, help='model folder (default: the one shipped)')
    parser.add_argument('--engine', default='openvino')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--frames', type=int, default=10000, help='of the long run')
    parser.add_argument('--turns', type=int, default=20, help='of each number of slots')
    args = parser.parse_args()
    if unknown := {*args.parts} - {*PARTS}:
        parser.error(f'there is no part {sorted(unknown)}; there are {list(PARTS)}')
    figures = {name: PARTS[name](args) for name in args.parts or PARTS}
    json.dump(figures, sys.stdout, indent=2)


def long_run(args: argparse.Namespace) -> dict[str, Any]:
    """Take one camera through many frames, and now and then another that has only begun."""
    model = load_model_folder(args.model)
    path, beside = (_path(model, args, 1) for _ in range(2))
    for _ in range(WARMUP):
        path.run()
        beside.run()
    with FrameProgress('frames') as progress:
        run = run_long(path, beside, args.frames, progress.show)
    return {
        **run._asdict(),
        'drift': run.drift,
        'wall_drift': run.wall_drift,
        'growth_mb': run.growth_mb,
    }


def cameras(args: argparse.Namespace) -> dict[str, Any]:
    """Tell the peak memory of a process that serves one camera, and of one that serves four."""
    peaks = {str(count): in_child(_peak_mb, args, count) for count in CAMERAS}
    return {'peak_mb': peaks, 'ratio': peaks['4'] / peaks['1']}


def slots(args: argparse.Namespace) -> dict[str, Any]:
    """Time `step` with full memories of several lengths, in turn."""
    model = load_model_folder(args.model)
    with TemporaryDirectory() as place:
        paths = {
            str(M): _path(model_with_slots(model, M, Path(place, str(M))), args, 1) for M in SLOTS
        }
        for path in paths.values():
            for _ in range(max(SLOTS) + 2):
                path.run()
        runners = {M: Runner(path.run, 5) for M, path in paths.items()}
        times = take_turns(runners, args.turns, 2)
    return {M: percentile([r.step for r in rounds], 50) for M, rounds in times.items()}


PARTS = {'long_run': long_run, 'cameras': cameras, 'slots': slots}


def _path(model: ModelFolder, args: argparse.Namespace, count: int) -> FramePath:
    engine = create_engine(args.engine, model, threads=args.threads, cameras=count)
    return FramePath(engine, camera_messages(IMAGE), count)


def _peak_mb(args: argparse.Namespace, count: int) -> float:
    path = _path(load_model_folder(args.model), args, count)
    for _ in range(WARMUP):
        path.run()
    return peak_rss_mb()


if __name__ == '__main__':
    main()
