"""``time2general compare``: what differs between replays of the same recordings."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from time2general_ros.cli.options import numbers
from time2general_ros.evaluation.report import check_writable, write_bytes, write_json
from time2general_ros.replay.errors import ReplayError
from time2general_ros.user_path import user_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from time2general_ros.replay.comparison.compare import Comparison, Measured
    from time2general_ros.replay.comparison.difference import Difference
    from time2general_ros.replay.comparison.limits import Limit

FAILED, NO_BASELINE = 4, 5
# That a page shows, of some 100 kB each.
_FRAMES = 48
_EPILOG = f"""
Exit status: 0 if no limit was passed; 1 if the runs cannot be compared (other frames, other
labels, an older schema), a figure that has a limit was not measured, or its class does not occur;
2 if the command line is wrong; {FAILED} if a limit was passed; {NO_BASELINE} if A is missing or
not finished.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        'compare',
        help='compare replays of the same recordings',
        description='Compare the figures of replays of the same recordings: models, engines, '
        'versions, or memory on and off. Intervals come from drawing blocks of time and '
        'recordings anew, for both runs alike.',
        epilog=_EPILOG,
    )
    parser.add_argument(
        'baseline',
        metavar='A',
        help='folder of results, of a replay or a fleet, that the others are compared with; of '
        'its second memory mode: FOLDER:off',
    )
    parser.add_argument('runs', nargs='+', metavar='B', help='folders of results')
    parser.add_argument(
        '--again',
        metavar='DIR',
        help='a second replay of A: differences no larger than those between the two do not count',
    )
    parser.add_argument('--json', type=user_path, metavar='FILE', help='write all figures there')
    parser.add_argument(
        '--junit', type=user_path, metavar='FILE.xml', help='write the limits there as test cases'
    )
    parser.add_argument(
        '--markdown', type=user_path, metavar='FILE.md', help='write figures and limits as tables'
    )
    parser.add_argument(
        '--page',
        type=user_path,
        metavar='FILE.html',
        help='write a page that flips between A and B at the same frame',
    )
    parser.add_argument(
        '--fail-if',
        type=_limit,
        nargs='+',
        action='extend',
        default=[],
        metavar='LIMIT',
        help="changes that fail a run, as 'flicker>+5%%' (percent of A), 'miou<-0.5' (percentage "
        "points), 'iou:person<-2 margin 0.5' (the whole interval lies beyond 0.5) or 'tc<-1 "
        "@night' (recordings of a fleet with that tag)",
    )
    parser.add_argument(
        '--gate',
        type=user_path,
        metavar='FILE',
        help='YAML with such limits in the lists fail and warn; the latter fail no run',
    )
    parser.add_argument(
        '--block',
        type=numbers.seconds,
        metavar='S',
        help='length of a block of time (default: by memory and correlation)',
    )
    parser.add_argument(
        '--seed', type=numbers.seed, default=0, metavar='N', help='of the draws (default: 0)'
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """
    Run the command.

    :returns: The exit status.
    """
    # Only replays need pyarrow.
    from time2general_ros.replay.comparison.compare import Options, compare, floors_of
    from time2general_ros.replay.comparison.limits import read_gate
    from time2general_ros.replay.comparison.opening import open_baseline, open_run
    from time2general_ros.replay.comparison.reports import junit, markdown

    limits = [*args.fail_if, *(read_gate(args.gate) if args.gate else ())]
    # Of one that is given twice the stricter counts, which comes last.
    limits.sort(key=lambda limit: not limit.warns)
    if args.page and len(args.runs) > 1:
        raise ReplayError('--page shows two runs; compare them one by one with A')
    for file in filter(None, (args.json, args.page, args.junit, args.markdown)):
        check_writable(file)
    options = Options(args.block, seed=args.seed)
    baseline = open_baseline(args.baseline)
    runs = [open_run(text) for text in args.runs]
    floors = floors_of(baseline, open_run(args.again), options) if args.again else {}
    comparisons = [compare(baseline, one, options, floors) for one in runs]
    judged = [
        {limit.text: limit.judge(limit.figures(one)) for limit in limits} for one in comparisons
    ]
    for file, write in ((args.junit, junit), (args.markdown, markdown)):
        if file:
            write_bytes(file, write(comparisons, judged))
    for one, verdicts in zip(comparisons, judged, strict=True):
        _show(one, verdicts, with_floor=bool(args.again))
    # Last, since a page fails where there are no masks: limits are told before.
    if args.json or args.page:
        _write_described(args, comparisons, judged)
    has_failed = any('passed' in verdicts.values() for verdicts in judged)
    return FAILED if has_failed else 0


def _write_described(
    args: argparse.Namespace,
    comparisons: Sequence[Comparison],
    judged: Sequence[Mapping[str, str]],
) -> None:
    """Write what needs the masks and recordings too: the JSON and the page."""
    from time2general_ros.replay.comparison.changes import find_changes
    from time2general_ros.replay.comparison.changes_document import changes_document
    from time2general_ros.replay.comparison.document import document
    from time2general_ros.replay.comparison.moments import moments

    looked = []
    for compared in comparisons:
        chosen = moments(compared, _FRAMES if args.page else 0)
        looked.append((compared, chosen, find_changes(compared, chosen)))
    described = document(comparisons, judged, [changes_document(*one) for one in looked])
    if args.json:
        write_json(args.json, described)
    if args.page:
        from time2general_ros.replay.comparison.page import write_comparison

        compared, chosen, changes = looked[0]
        write_comparison(args.page, compared, described, chosen, changes)


def _limit(text: str) -> Limit:
    from time2general_ros.replay.comparison.limits import LimitError, read_limit

    try:
        return read_limit(text)
    except LimitError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _show(compared: Comparison, verdicts: Mapping[str, str], *, with_floor: bool) -> None:
    console = Console()
    width = None if console.is_terminal else 120
    console = Console(width=width)
    console.print(Text(f'A {compared.a.text} (memory {compared.a.mode})'))
    console.print(Text(f'B {compared.b.text} (memory {compared.b.mode})'))
    console.print(_table(compared.whole.metrics))
    for tag, measured in compared.tags.items():
        console.print(Text(_of_tag(tag, measured)))
    console.print(Text(_basis(compared)))
    if not with_floor:
        console.print('noise floor: 0, A against itself; for that of an engine give --again')
    console.print('times are not compared across jobs; in turns inside one: time2general bench')
    for line in compared.warnings:
        print(f'warning: {line}', file=sys.stderr)
    for text, verdict in verdicts.items():
        told = {
            'passed': f'FAILED: {text}',
            'warned': f'warning: passed, but fails no run: {text}',
            'undecided': f'undecided: {text}: too little is recorded to tell',
            'kept': f'kept: {text}',
        }
        print(told[verdict], file=sys.stderr)


def _table(metrics: Mapping[str, Difference]) -> Table:
    from time2general_ros.replay.evidence.metrics import metric

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column('percent')
    for heading in ('A', 'B', 'B - A', '95 % interval', 'least'):
        table.add_column(heading, justify='right')
    table.add_column('')
    for name, one in metrics.items():
        if one.a is None and one.b is None:
            continue
        ends = 'n/a' if one.interval is None else '{:+.2f} to {:+.2f}'.format(*one.interval)
        table.add_row(
            Text(metric(name).heading),
            _number(one.a, '.2f'),
            _number(one.b, '.2f'),
            _number(one.difference, '+.2f'),
            ends,
            f'{max(one.least, one.floor):.2f}',
            one.verdict,
        )
    return table


def _of_tag(tag: str, measured: Measured) -> str:
    """Tell the figures of the recordings with a tag; those of classes stand in the JSON."""
    from time2general_ros.replay.evidence.metrics import METRICS

    told = ', '.join(
        f'{METRICS[name].heading} {one.difference:+.2f} {one.verdict}'
        for name, one in measured.metrics.items()
        if name in METRICS and one.difference is not None
    )
    return f'tag {tag}, {len(measured.recordings)} recordings, B - A: {told}'


def _basis(compared: Comparison) -> str:
    from time2general_ros.report.replay.figures import worth

    whole = compared.whole
    blocks = whole.blocks
    least = min(whole.effective.values())
    drawn = 'recordings and blocks inside of them' if whole.drawn.by_recording else 'blocks'
    return (
        f'{int(compared.pair.shared.sum())} frames of {len(compared.pair.names)} recordings in '
        f'{len(blocks)} blocks of {blocks.seconds:.3g} s, {worth(least)} for the '
        f'least sure figure; {drawn} drawn {compared.options.draws} times, seed '
        f'{compared.options.seed}'
    )


def _number(value: float | None, form: str) -> str:
    return 'n/a' if value is None else format(value, form)
