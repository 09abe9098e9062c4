"""Measure all figures of docs/performance.md that a CPU gives, and write them into it."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.metadata import version
import json
import os
from pathlib import Path
import re
from statistics import median
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'performance.md'
BEFORE = '7673265'
ENGINES = ('openvino f32', 'openvino bf16', 'onnxruntime f32', 'torch f32')
IMAGES = ('480x640', '1080x1920')

Row = Sequence[str]


class Effort(NamedTuple):
    """How long to measure."""

    frames: int
    turns: int
    long_run: int
    alternations: int


FULL = Effort(frames=200, turns=20, long_run=10000, alternations=4)
QUICK = Effort(frames=20, turns=4, long_run=200, alternations=1)


def main() -> None:
    """Measure the sections that were asked for, one after the other, and write each at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('sections', nargs='*', help=f'any of {list(SECTIONS)}; all if none')
    parser.add_argument('--quick', action='store_true', help='few frames: only to try the script')
    parser.add_argument('--note', default='', help='put beside each table, such as "busy machine"')
    parser.add_argument('--page', type=Path, default=PAGE)
    args = parser.parse_args()
    if unknown := {*args.sections} - {*SECTIONS}:
        parser.error(f'there is no section {sorted(unknown)}; there are {list(SECTIONS)}')
    for name in args.sections or SECTIONS:
        print(f'measuring {name}', file=sys.stderr)
        text = SECTIONS[name](QUICK if args.quick else FULL)
        note = f'{args.note}\n\n' if args.note else ''
        page = args.page.read_text(encoding='utf-8')
        args.page.write_text(put(page, name, note + text), encoding='utf-8')


def put(page: str, name: str, text: str) -> str:
    """Replace what stands between the markers of a section."""
    begin, end = f'<!-- begin: {name} -->', f'<!-- end: {name} -->'
    found = re.search(f'{re.escape(begin)}\n.*?{re.escape(end)}', page, re.DOTALL)
    if not found:
        raise SystemExit(f'the page has no section {begin} ... {end}')
    return page[: found.start()] + f'{begin}\n{text}\n{end}' + page[found.end() :]


def table(head: Row, rows: Sequence[Row]) -> str:
    """Write a Markdown table; all columns but the first to the right."""
    line = '|' + '|'.join(['---', *['---:'] * (len(head) - 1)]) + '|'
    return '\n'.join([_line(head), line, *map(_line, rows)])


def _line(cells: Row) -> str:
    return '| ' + ' | '.join(cells) + ' |'


def stages(effort: Effort) -> str:
    """Time every engine, with images of both sizes."""
    rows = []
    for engine in ENGINES:
        for image in IMAGES:
            bench = _bench(engine, image, effort)
            if isinstance(bench, str):
                rows.append([engine, image, f'not measured: {bench}', *[''] * 6])
                continue
            p50 = [f'{bench[f"{s}_ms_p50"]:.2f}' for s in ('preprocess', 'step', 'postprocess')]
            rest = (
                f'{bench["step_ms_p99"]:.2f}',
                f'{bench["fps"]:.1f}',
                f'{bench["share_outside_step"]:.1%}',
                f'{bench["peak_rss_mb"]:.0f}',
            )
            rows.append([engine, image, *p50, *rest])
    head = ('engine', 'images', 'preprocess ms', 'step ms', 'postprocess ms', 'step p99 ms')
    return table((*head, 'FPS', 'outside step', 'peak MB'), rows)


def against(effort: Effort) -> str:
    """Time what ours is compared with, in turn."""
    rows = []
    for engine in ENGINES[:3]:
        bench = _bench(engine, IMAGES[0], effort, '--against', 'clip', '--against', 'segformer-b0')
        if isinstance(bench, str):
            rows.append([engine, f'not measured: {bench}', *[''] * 7])
            continue
        clip, segformer = bench['against']['clip'], bench['against']['segformer-b0']
        roof = bench['roofline']
        rows.append(
            [
                engine,
                f'{bench["step_ms_p50"]:.1f}',
                f'{clip["ms_p50"]:.1f}',
                f'**{clip["ratio"]:.2f}**',
                clip['how'],
                f'{segformer["ms_p50"]:.1f}',
                f'**{segformer["ratio"]:.2f}**',
                f'{roof["achieved_gflops"]:.0f} of {roof["ceiling_gflops"]:.0f} GFLOP/s',
                f'{roof["share"]:.0%}',
            ]
        )
    head = ('engine', 'step ms', 'clip ms', 'ratio', 'its way', 'SegFormer-B0 ms', 'ratio')
    return table((*head, 'large products', 'share'), rows)


def _bench(engine: str, image: str, effort: Effort, *more: str) -> dict[str, Any] | str:
    """Return the JSON of one bench, or the last line of why there is none."""
    name, precision = engine.split()
    with TemporaryDirectory() as place:
        file = Path(place, 'bench.json')
        command = ['bench', '--engine', name, '--precision', precision, '--image', image]
        command += ['--threads', _cores(), '--json', str(file), '--repeats', str(effort.turns)]
        command += ['--frames', str(effort.frames), *more]
        result = subprocess.run(
            [sys.executable, '-m', 'time2general_ros.cli.main', *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            return (result.stderr.strip() or 'no message').splitlines()[-1]
        figures: dict[str, Any] = json.loads(file.read_text(encoding='utf-8'))
        return figures


def budget(effort: Effort) -> str:
    """Time each stage of an earlier commit and of this one, in turn."""
    medians: dict[str, dict[str, dict[str, list[float]]]] = {}
    with TemporaryDirectory() as place:
        before = Path(place, 'before')
        _git('worktree', 'add', '--detach', str(before), BEFORE)
        try:
            for _ in range(effort.alternations):
                for name, code in (('before', before), ('after', ROOT)):
                    _collect(medians, name, _stage_budget(code, effort))
        finally:
            _git('worktree', 'remove', '--force', str(before))
    rows = [
        [
            f'{setting}: {stage}',
            *(f'{median(stages_[stage][name]):.2f}' for name in ('before', 'after')),
        ]
        for setting, stages_ in medians.items()
        for stage in stages_
    ]
    return table(('images: stage', f'before ({BEFORE}) ms', 'after ms'), rows)


def _stage_budget(code: Path, effort: Effort) -> dict[str, dict[str, float]]:
    frames = max(10, effort.frames // effort.alternations)
    command = [sys.executable, str(ROOT / 'scripts' / 'stage_budget.py'), '--frames', str(frames)]
    output = _output([*command, '--threads', _cores()], code)
    parsed: dict[str, dict[str, float]] = json.loads(output)
    return parsed


def _collect(
    medians: dict[str, dict[str, dict[str, list[float]]]],
    name: str,
    measured: dict[str, dict[str, float]],
) -> None:
    for setting, stages_ in measured.items():
        for stage, ms in stages_.items():
            values = medians.setdefault(setting, {}).setdefault(stage, defaultdict(list))
            values[name].append(ms)


def steady(effort: Effort) -> str:
    """Take many frames through, and tell how cost and memory drift."""
    run = _steady('long_run', '--frames', str(effort.long_run))
    columns = (run['wall_ms'], run['cpu_ms'], run['beside'], run['memory_mb'])
    rows = [
        [str(tenth + 1), f'{wall:.2f}', f'{cpu:.2f}', f'{beside:.3f}', f'{memory:.1f}']
        for tenth, (wall, cpu, beside, memory) in enumerate(zip(*columns, strict=True))
    ]
    head = (
        'tenth of the run',
        'wall ms (median)',
        'CPU ms (mean)',
        'beside a new stream',
        'resident MB at its end',
    )
    return (
        f'{table(head, rows)}\n\n{run["rounds"]} frames. Last tenth over second: '
        f'{run["drift"]:+.1%} beside a new stream, {run["wall_drift"]:+.1%} by the clock. '
        f'Resident memory after the first tenth: {run["growth_mb"]:+.1f} MB.'
    )


def cameras(effort: Effort) -> str:
    """Compare the memory of one and of four cameras."""
    figures = _steady('cameras')
    rows = [[count, f'{peak:.0f}'] for count, peak in figures['peak_mb'].items()]
    ratio = f'Four cameras take {figures["ratio"]:.2f} times the memory of one.'
    return f'{table(("cameras", "peak MB"), rows)}\n\n{ratio}'


def slots(effort: Effort) -> str:
    """Time memories of several lengths."""
    figures = _steady('slots', '--turns', str(effort.turns))
    first = next(iter(figures.values()))
    rows = [[M, f'{ms:.2f}', f'{ms / first:.2f}'] for M, ms in figures.items()]
    return table(('M', 'step ms', 'of M = 1'), rows)


def _steady(part: str, *more: str) -> dict[str, Any]:
    script = str(ROOT / 'scripts' / 'steady_figures.py')
    command = [sys.executable, script, part, '--threads', _cores(), *more]
    figures: dict[str, Any] = json.loads(_output(command, ROOT))[part]
    return figures


def machine(effort: Effort) -> str:
    """Name the machine and the commit."""
    code = 'from time2general_ros.machine import machine_line; print(machine_line())'
    commit = _output(['git', 'rev-parse', '--short', 'HEAD'], ROOT).strip()
    libraries = [f'{name} {version(name)}' for name in ('openvino', 'onnxruntime', 'torch')]
    line = _output([sys.executable, '-c', code], ROOT).strip()
    return f'{line}; {", ".join(libraries)}; commit {commit}.'


SECTIONS: dict[str, Callable[[Effort], str]] = {
    'machine': machine,
    'against': against,
    'stages': stages,
    'budget': budget,
    'steady': steady,
    'cameras': cameras,
    'slots': slots,
}


def _output(command: Sequence[str], code: Path) -> str:
    """Run a command with the package of a checkout and return what it prints."""
    environment = {**os.environ, 'PYTHONPATH': str(code)}
    result = subprocess.run(
        command, cwd=code, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return result.stdout


def _git(*arguments: str) -> None:
    subprocess.run(['git', *arguments], cwd=ROOT, check=True, capture_output=True)


def _cores() -> str:
    return str(len(os.sched_getaffinity(0)))


if __name__ == '__main__':
    main()
