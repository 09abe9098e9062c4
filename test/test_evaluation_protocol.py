from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark_samples import Threshold
import cv2
import numpy as np
import pytest

from time2general_ros.cli import benchmark as command
from time2general_ros.cli.main import main
from time2general_ros.evaluation.cells import Cell, Row
from time2general_ros.evaluation.protocol import Part, ProtocolError, protocol_table, read_protocol

PART = '{name: a, data: [x], figures: [miou]}'
PROTOCOLS = Path(__file__).parents[1] / 'config' / 'protocols'


def write(folder: Path, text: str) -> Path:
    path = folder / 'protocol.yaml'
    path.write_text(text, encoding='utf-8')
    return path


def of(line: str) -> str:
    """Return a protocol of one part, with a key set otherwise."""
    key, _, value = line.partition(': ')
    keys = {'name': 'a', 'data': '[x]', 'figures': '[miou]', key: value}
    return f'parts:\n- {{{", ".join(f"{name}: {one}" for name, one in keys.items())}}}'


def row(memory: str, stride: int = 1, **figures: Any) -> Row:
    return Row(Cell('x', 'none', stride, memory), figures)


@pytest.mark.parametrize('path', sorted(PROTOCOLS.glob('*.yaml')), ids=lambda path: path.stem)
def test_every_protocol_of_the_package_can_be_used(path: Path, tmp_path: Path) -> None:
    for name in ('drives/a.mp4', 'video/b.mp4'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    parts = read_protocol(path)
    assert len({part.name for part in parts}) == len(parts)
    assert all(part.cells(tmp_path) for part in parts)


def test_a_part_is_planned_over_its_files_and_corruptions(tmp_path: Path) -> None:
    for name in 'ab':
        (tmp_path / f'{name}.mp4').touch()
    part = Part(
        'p', ('videos:{root}/*.mp4',), ('flow_flicker',), corruptions='fog:3', memory=('on',)
    )
    cells = part.cells(tmp_path)
    assert [cell.data for cell in cells] == [f'videos:{tmp_path}/{name}.mp4' for name in 'ab']
    assert {cell.corruption for cell in cells} == {'fog:3'}
    assert part.with_flow
    assert not Part('q', (), ('miou',)).with_flow


def test_figures_are_means_over_a_part_and_gaps_are_shown() -> None:
    parts = [
        Part('a', (), ('miou',), memory=('off',)),
        Part('b', (), ('miou', 'flicker'), strides=(1, 3)),
    ]
    rows = {
        'a': [row('off', miou=50.0), row('off', miou=60.0)],
        'b': [row(m, s, miou=10.0 * s, flicker=None) for m in ('on', 'off') for s in (1, 3)],
    }
    assert protocol_table(parts, rows) == [
        [
            'memory',
            'a: mIoU',
            'b: mIoU at 1',
            'b: mIoU at 3',
            'b: flicker at 1',
            'b: flicker at 3',
        ],
        ['off', '55.00', '10.00', '30.00', '-', '-'],
        ['on', '-', '10.00', '30.00', '-', '-'],
    ]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('just words', 'has no list of parts'),
        ('parts: [{name: a, data: [x]}]', r"part 1: missing keys \['figures'\]; known are"),
        (of('speed: 1'), r"part 1 has unknown keys \['speed'\]; known are"),
        (of('figures: [taste]'), r"part 1: figures is \['taste'\]; .* of miou, boundary_iou"),
        (of('figures: taste'), "part 1: figures is 'taste'; .* of miou"),
        (of('figures: []'), 'figures is .*; it must be a list of at least one'),
        (of('memory: []'), 'memory is .*; it must be a list of at least one of on, off, queries'),
        (of('memory: [on, of]'), r"memory is \['on', 'of'\]; .* of on, off, queries, map, ema"),
        (of("memory: ['ema:1']"), 'memory is .*ema:INERTIA, with INERTIA from 0 to below 1'),
        (of('memory: true'), 'memory is True, not a list of texts'),
        (of('data: []'), 'data is .*; it must be a list of at least one'),
        (of('data: [3]'), r'data is \[3\], not a list of texts'),
        (of('strides: 1'), 'strides is 1, not a list of whole numbers'),
        (of('strides: [0]'), r'strides is \[0\]; .* each 1 or more'),
        (of('corruptions: [fog:3]'), r"corruptions is \['fog:3'\], not a text"),
        (of('split: 3'), 'split is 3, not a text'),
        ('parts: [word]', "part 1 is 'word', not a table of keys"),
        (f'{of("split: val")}\n- {PART}', "several parts are called 'a'; give each"),
        (': [', 'cannot read the protocol'),
    ],
)
def test_a_faulty_protocol_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        read_protocol(write(tmp_path, text))


def test_a_star_without_files_and_an_unknown_corruption_are_named(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"part 'p' of the protocol: there is no .*\*\.mp4"):
        Part('p', ('videos:{root}/*.mp4',), ('miou',)).cells(tmp_path)
    with pytest.raises(ProtocolError, match=r"part 'p' of the protocol: .*hail"):
        Part('p', ('x',), ('miou',), corruptions='hail:3').cells(tmp_path)


def test_the_command_writes_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = write(
        tmp_path,
        'parts:\n- {name: town, data: ["synthetic:5:clear:0.1"], figures: [miou], memory: [on]}',
    )
    models: list[str] = []

    def open_model(args: Any) -> Threshold:
        models.append(args.memory)
        return Threshold()

    monkeypatch.setattr(command.run, '__defaults__', (open_model,))
    out = tmp_path / 'out'
    assert main(['benchmark', '--protocol', str(protocol), '--out', str(out)]) == 0
    found = json.loads((out / 'protocol.json').read_text())
    assert found['table'][0] == ['memory', 'town: mIoU']
    assert found['table'][1] == ['on', f'{found["rows"][0]["miou"]:.2f}']
    assert '| on |' in (out / 'protocol.md').read_text()
    assert main(['benchmark', '--protocol', str(protocol), '--out', str(out)]) == 0
    assert models == ['on']


def test_a_part_of_which_nothing_is_scored_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ('images', 'labels'):
        (tmp_path / 'data' / 'val' / name).mkdir(parents=True)
        pixels = np.full((16, 24), 255, np.uint8)
        cv2.imwrite(str(tmp_path / 'data' / 'val' / name / 'a_1.png'), pixels)
    described = {'rate_hz': None, 'label_set': 'cityscapes19', 'void_id': 255}
    (tmp_path / 'data' / 'dataset.json').write_text(json.dumps(described))
    part = f'{{name: bare, data: ["folder:{tmp_path}/data"], figures: [miou], memory: [on]}}'
    protocol = write(tmp_path, f'parts:\n- {part}')
    monkeypatch.setattr(command.run, '__defaults__', (lambda args: Threshold(),))
    out = tmp_path / 'out'
    assert main(['benchmark', '--protocol', str(protocol), '--out', str(out)]) == 1
    assert 'could be scored' in capsys.readouterr().err


@pytest.mark.parametrize('arguments', [[], ['--data', 'synthetic:1', '--protocol', 'never-seen']])
def test_either_data_or_a_protocol(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(['benchmark', *arguments, '--out', 'out'])
    assert 'give either --data DATA... or --protocol NAME' in capsys.readouterr().err


def test_parts_are_chosen_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        f'- {{name: {name}, data: ["synthetic:5:clear:0.1"], figures: [miou]}}' for name in 'ab'
    ]
    file = write(tmp_path, '\n'.join(['parts:', *lines]))
    assert [part.name for part in read_protocol(file, ('b',))] == ['b']
    monkeypatch.setattr(command.run, '__defaults__', (lambda _: Threshold(),))
    chosen = ['benchmark', '--protocol', str(file), '--out', str(tmp_path / 'out'), '--parts']
    assert main([*chosen, 'b']) == 0
    found = json.loads((tmp_path / 'out' / 'protocol.json').read_text())
    assert found['table'][0] == ['memory', 'b: mIoU']
    assert main([*chosen, 'a,moon']) == 1
    assert "has no parts ['moon']; there are ['a', 'b']" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(['benchmark', '--data', 'synthetic:5', '--out', 'out', '--parts', 'a'])
    assert '--parts is about a protocol' in capsys.readouterr().err


def test_an_unknown_protocol_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(['benchmark', '--protocol', 'mars', '--out', str(tmp_path / 'out')]) == 1
    assert "there is no protocol 'mars'; known are ['never-seen']" in capsys.readouterr().err


@pytest.mark.parametrize(
    'option',
    ['--strides 1', '--memory on', '--corruptions none', '--split val', '--no-flow'],
)
def test_what_a_protocol_says_is_no_option(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(['benchmark', '--protocol', 'never-seen', '--out', 'out', *option.split()])
    told = f'a protocol says itself what {option.split()[0]} would'
    assert told in capsys.readouterr().err


def test_a_single_figure_may_be_named_alone(tmp_path: Path) -> None:
    (part,) = read_protocol(write(tmp_path, of('figures: miou')))
    assert part.figures == ('miou',)
