"""``time2general fleet``: replay many recordings with several workers."""

from __future__ import annotations

import argparse
from contextlib import closing, suppress
from copy import copy
from dataclasses import replace
import hashlib
import json
import os
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Any

from time2general_ros import __version__
from time2general_ros.cli.options import numbers
from time2general_ros.cli.options.model import add_model_options, open_segmenter, segmenter_on
from time2general_ros.cli.options.replay import (
    add_label_options,
    add_output_options,
    add_reading_options,
)
from time2general_ros.cli.options.replay_sources import (
    check_places,
    checksums_of,
    reading_options,
)
from time2general_ros.cli.replay import INCOMPLETE
from time2general_ros.cli.replay_folder import replay_into_folder
from time2general_ros.cli.terminal.fleet_progress import FleetProgress
from time2general_ros.labels.files import load_label_set, short_form
from time2general_ros.replay.errors import ReplayError
from time2general_ros.replay.sources.open_source import look_at
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from time2general_ros.replay.fleet.fleet_run import FleetRun
    from time2general_ros.replay.fleet.job import Glance
    from time2general_ros.streaming.engines.engine import Engine

# What does not change the results of a recording.
_IRRELEVANT = (
    *('func', 'sources', 'out', 'retry', 'dry_run', 'workers', 'gpus', 'address', 'threads'),
    'model',
)
_EPILOG = f"""
Exit status: 0 if every recording was replayed whole; 1 if nothing could be done (no recording, no
usable model, no Ray); {INCOMPLETE} if recordings failed or are partial: they are listed with the
reason, all others are done. The same command goes on where it stopped. With --dry-run: 0 if every
recording that is left is usable, else {INCOMPLETE}.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'fleet',
        help='replay many recordings with several workers',
        description='Replay many recordings into one folder each, as time2general replay does, '
        'with workers that load the model once: on Ray, or where that is not installed as plain '
        'processes. What is done is not done again.',
        epilog=_EPILOG,
    )
    parser.add_argument(
        'sources',
        nargs='+',
        metavar='SOURCE',
        help="recording, pattern as 'bags/*.mcap', or list *.txt of these, one a line; with tags "
        "for those that are alike: 'bags/*.mcap tag=night,rain'",
    )
    parser.add_argument(
        '--out', type=user_path, required=True, metavar='DIR', help='folder for all results'
    )
    parser.add_argument(
        '--workers',
        type=numbers.whole_number(most=4096),
        metavar='N',
        help='processes (default: one for each --threads CPU cores of this machine)',
    )
    parser.add_argument(
        '--gpus',
        type=numbers.number(0, 64),
        default=0.0,
        metavar='SHARE',
        help='share of a GPU that a worker reserves, as 0.5 (default: 0)',
    )
    parser.add_argument(
        '--address',
        metavar='WHERE',
        help='Ray cluster to join, as auto or HOST:PORT (default: one on this machine alone)',
    )
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='look at all recordings, tell how much is to do and which are unusable, and end',
    )
    parser.add_argument(
        '--retry', action='store_true', help='try again the recordings that failed before'
    )
    add_reading_options(parser)
    add_label_options(parser)
    add_output_options(parser)
    add_model_options(parser, with_both=True)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    from time2general_ros.replay.fleet.fleet_run import FleetRun
    from time2general_ros.replay.fleet.job import PoolOptions
    from time2general_ros.replay.fleet.listing import listed
    from time2general_ros.streaming.model_folder import load_model_folder

    check_places(args)
    recordings = listed(args.sources)
    args.threads = args.threads or 1
    cores = len(os.sched_getaffinity(0))
    pool = PoolOptions(
        args.workers or max(1, cores // args.threads), args.threads, args.gpus, args.address
    )
    model = load_model_folder(args.model)
    args.out = args.out.absolute()
    # Once for all recordings, whose labels may be many files.
    labels = checksums_of(args)
    key = _key(args, model.card, labels)
    fleet = FleetRun(recordings, args.out, ReplayJob(args, labels), key, pool, args.retry)
    return _look(replace(fleet, say=print)) if args.dry_run else _work(fleet)


def _look(run: FleetRun) -> int:
    """Tell what there is to do, and do nothing."""
    from time2general_ros.replay.fleet.ledger import Ledger
    from time2general_ros.replay.fleet.plan import make_plan
    from time2general_ros.report.fleet_page import told

    plan = make_plan(run, Ledger(run.out))
    print(plan.told)
    for record, reason in plan.unusable:
        row = {'source': record.listed.shown, 'reason': reason}
        print(f'unusable: {told(row)}', file=sys.stderr)
    return INCOMPLETE if plan.unusable else 0


def _work(run: FleetRun) -> int:
    from time2general_ros.replay.fleet.fleet import run_fleet
    from time2general_ros.report.fleet_page import told

    with FleetProgress() as progress:
        fleet = run_fleet(replace(run, say=progress.say, on_state=progress.show))
    counts = fleet['counts']
    print(
        f'{counts["done"]} recordings done, {counts["partial"]} partial, {counts["failed"]} '
        f'failed; written to {run.out}'
    )
    for row in fleet['recordings']:
        if row['reason']:
            print(f'{row["status"]}: {told(row)}', file=sys.stderr)
    return 0 if fleet['complete'] else INCOMPLETE


class ReplayJob:
    """
    ``time2general replay`` for each recording, with one engine; see :class:`.fleet.job.Job`.

    :param args: Those of this command, which are sent to the workers.
    :param checksums: As :func:`.replay_sources.checksums_of` gives them.
    """

    def __init__(self, args: argparse.Namespace, checksums: Mapping[str, str]) -> None:
        self._args = copy(args)
        self._checksums = dict(checksums)
        self._args.rerun = self._args.live = None
        self._folder = Path.cwd()
        del self._args.func
        self._engine: Engine | None = None

    def look(self, source: str) -> Glance:
        """Look at a recording without its labels."""
        from time2general_ros.replay.fleet.job import Glance

        options = reading_options(self._args, to_bag=False)
        with closing(look_at(source, options)) as opened:
            if opened.kind == 'bag' and not opened.total:
                raise ReplayError(
                    f'{source} has no image on {", ".join(opened.topics)}: check --topic, and '
                    'whether the recorder saw the camera'
                )
            video_s = opened.duration_s
            if video_s is None:
                return Glance(opened.total, None)
            share = options.window.share(video_s, opened.first_ns)
            return Glance(round(opened.total * share), video_s * share * len(opened.topics))

    def load(self) -> None:
        """Load the model."""
        with suppress(OSError):
            # Of a worker on another machine there may be no such folder.
            os.chdir(self._folder)
        self._engine = open_segmenter(self._args).engine

    def replay(
        self, source: str, out: Path, on_frame: Callable[[int, int], None]
    ) -> dict[str, Any]:
        """Replay one recording."""
        engine = self._engine
        assert engine is not None
        args = copy(self._args)
        args.sources, args.out = [source], out
        return replay_into_folder(
            args,
            lambda args, cameras: segmenter_on(engine, args),
            lambda line: None,
            on_frame,
            self._checksums,
        )


def _key(args: argparse.Namespace, model: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """
    Name the work: other results would come of another name.

    :param model: Its card, checksums of its files included; labels: checksums of the ground truth.
    """
    facts = {key: str(value) for key, value in vars(args).items() if key not in _IRRELEVANT}
    if args.label_set:
        facts['label_set'] = str(short_form(load_label_set(args.label_set)))
    facts |= labels
    text = json.dumps([__version__, model, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
