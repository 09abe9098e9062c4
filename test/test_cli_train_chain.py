from __future__ import annotations

from collections.abc import Callable
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from recipe_chains import MODEL, STAGE, write_chain
from ruamel.yaml import YAML
from training_samples import one_thread, two_processes  # noqa: F401

torch = pytest.importorskip('torch', reason='torch is not installed')

from safetensors.torch import load_file  # noqa: E402

from time2general_ros.checksum import sha256  # noqa: E402
from time2general_ros.cli import train as command  # noqa: E402
from time2general_ros.cli.main import INTERRUPTED, main  # noqa: E402
from time2general_ros.cli.terminal.progress import FrameProgress  # noqa: E402
from time2general_ros.export import folder as export  # noqa: E402
from time2general_ros.machine import machine_line  # noqa: E402
from time2general_ros.training import trainer as room  # noqa: E402

pytestmark = pytest.mark.usefixtures('one_thread')


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the graph empty, which is slow to make, and save every step."""
    monkeypatch.setattr(export, 'export_onnx', lambda _, path, **__: path.write_bytes(b''))
    monkeypatch.setattr(room, 'SAVE_EVERY', 1)


@pytest.fixture
def last(tmp_path: Path) -> Path:
    return write_chain(tmp_path)


def train(recipe: Path, *options: str) -> int:
    out = recipe.parent / 'run' / recipe.stem
    places = ['--out', str(out), '--cache', str(out / 'drives')]
    return main(['train', str(recipe), *places, '--accelerator', 'cpu', *options])


def card_of(recipe: Path) -> dict[str, Any]:
    file = recipe.parent / 'run' / recipe.stem / 'model' / 'card.json'
    card: dict[str, Any] = json.loads(file.read_text(encoding='utf-8'))
    return card


def on_steps(monkeypatch: pytest.MonkeyPatch, told: Callable[[int], None]) -> None:
    monkeypatch.setattr(FrameProgress, 'show', lambda _, done, total: told(done))


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Press Ctrl-C at one of all the steps of a chain."""
    done = []

    def told(number: int) -> None:
        done.append(number)
        if len(done) == step:
            raise KeyboardInterrupt

    on_steps(monkeypatch, told)


def weights_of(recipe: Path) -> dict[str, Any]:
    file = recipe.parent / 'run' / recipe.stem / 'model' / 'weights.safetensors'
    weights: dict[str, Any] = load_file(file)
    return weights


def test_one_command_runs_a_chain_to_its_end(
    last: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, 'revision', lambda: 'abc1234')
    assert train(last, '--all') == 0
    told = capsys.readouterr()
    assert '3 of 3 recipes are to be run, of 9 steps in all' in told.out
    assert 'recipe 3 of 3' in told.err
    card = card_of(last)
    assert card['command'].endswith(' --all')
    made = {'commit': 'abc1234', 'machine': machine_line()}
    assert {**made, 'seed': 3}.items() <= card.items()
    assert [entry.pop('hours') >= 0 for entry in card['chain']] == [True] * 3
    assert card['chain'] == [
        {'recipe': str(file), 'seed': seed, **made, 'files': {str(file): sha256(file)}}
        for seed, file in enumerate((tmp_path / f'{name}.yaml' for name in 'abc'), start=1)
    ]
    assert 'chain' not in card_of(tmp_path / 'a.yaml')['chain'][0]
    assert not card_of(tmp_path / 'a.yaml')['command'].endswith('--all')


def test_a_chain_that_was_stopped_goes_on_where_it_stood(
    last: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with monkeypatch.context() as patch:
        stop_at(patch, 5)
        assert train(last, '--all') == INTERRUPTED
    assert (tmp_path / 'run' / 'a' / 'model').exists()
    assert not (tmp_path / 'run' / 'b' / 'model').exists()
    before = (tmp_path / 'run' / 'a' / 'run.json').stat().st_mtime_ns
    capsys.readouterr()
    steps: list[int] = []
    on_steps(monkeypatch, steps.append)
    assert train(last, '--all') == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(' steps  ')[1].split(',')[0] for line in told[:3]] == [
        'finished',
        'goes on',
        'to be run',
    ]
    # One step of b was saved, and the second was lost.
    assert steps == [2, 3, 1, 2, 3]
    assert (tmp_path / 'run' / 'a' / 'run.json').stat().st_mtime_ns == before
    assert [entry.get('whole', True) for entry in card_of(last)['chain']] == [True] * 3
    other = write_chain(tmp_path_factory.mktemp('unbroken'))
    assert train(other, '--all') == 0
    unbroken = weights_of(other)
    assert unbroken
    for name, value in weights_of(last).items():
        assert torch.equal(value, unbroken[name])


def test_what_is_finished_is_left_alone(
    last: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(last, '--all') == 0
    steps: list[int] = []
    on_steps(monkeypatch, steps.append)
    model = tmp_path / 'run' / 'c' / 'model' / 'card.json'
    before = model.stat().st_mtime_ns
    (tmp_path / 'run' / 'a' / 'run.json').unlink()
    capsys.readouterr()
    assert train(last, '--all') == 0
    assert steps == []
    assert model.stat().st_mtime_ns == before
    told = capsys.readouterr().out
    assert 'not needed' in told
    assert '0 of 3 recipes are to be run, of 0 steps' in told


def test_a_dry_run_trains_nothing(
    last: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(last, '--all', '--dry-run') == 0
    assert not (tmp_path / 'run').exists()
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 4
    assert told[1].split() == (
        f'2 {tmp_path}/b.yaml 3 steps to be run, in {tmp_path}/run/b'.split()
    )
    assert train(last, '--dry-run') == 1
    assert 'give --all' in capsys.readouterr().err


def test_a_chain_below_the_home_folder_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))
    last = write_chain(tmp_path)
    for name in 'abc':
        file = tmp_path / f'{name}.yaml'
        file.write_text(file.read_text().replace(f'{tmp_path}/run', '~/run'))
    assert train(last, '--all', '--dry-run') == 0
    told = capsys.readouterr().out
    assert told.count('to be run') == 3 + 1
    assert f'in {tmp_path}/run/a' in told


@pytest.mark.parametrize(
    ('changes', 'told'),
    [
        ({'model': {'banana': 1}}, 'banana'),
        ({'model': {**MODEL, 'anchors': '/gone/anchors.safetensors'}}, '/gone/anchors'),
        ({'data': {'mine': {'spec': 'folder:gone'}}, 'held_out': {'data': 'mine'}}, 'gone'),
        ({'camvid': None}, "a stage uses 'camvid' but the recipe says nothing of it"),
        ({'stages': [{**STAGE, 'name': 'a', 'steps': 1, 'sources': {}}]}, 'has no share of any'),
        ({'stages': [{**STAGE, 'name': 'a', 'steps': 1, 'frozen': ['wheel']}]}, 'wheel'),
        ({'stages': [{**STAGE, 'name': 'a', 'steps': 1, 'class_weights': {'x': 2}}]}, "'x'"),
        ({'stages': [{**STAGE, 'name': 'a', 'steps': 1, 'watched': True}]}, 'held_out'),
    ],
)
def test_what_a_last_recipe_would_be_refused_for_is_told_before_the_first_is_run(
    last: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    told: str,
) -> None:
    edit(last, average=[], **changes)
    assert train(last, '--all') == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / 'run').exists()


def edit(path: Path, **changes: object) -> None:
    yaml = YAML(typ='safe', pure=True)
    yaml.dump({**yaml.load(path), **changes}, path)


def test_a_run_by_another_recipe_is_not_taken_for_this_one(
    last: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(last, '--all') == 0
    edit(tmp_path / 'a.yaml', clip_norm=1.0)
    before = (tmp_path / 'run' / 'a' / 'weights.safetensors').read_bytes()
    capsys.readouterr()
    assert train(last, '--all') == 1
    told = capsys.readouterr()
    assert told.out.count('another recipe') == 3
    assert f'error: {tmp_path}/run/a holds a run by what {tmp_path}/a.yaml' in told.err
    assert (tmp_path / 'run' / 'a' / 'weights.safetensors').read_bytes() == before
    # Going on with it is allowed, and told.
    for name in 'abc':
        assert train(tmp_path / f'{name}.yaml') == 0
    assert train(last, '--all') == 0
    assert [entry.get('whole', True) for entry in card_of(last)['chain']] == [True, True, False]


def test_a_run_without_a_record_is_not_taken_for_whole(last: Path, tmp_path: Path) -> None:
    first = tmp_path / 'a.yaml'
    assert train(first) == 0
    record = tmp_path / 'run' / 'a' / 'run.json'
    record.unlink()
    assert train(last, '--all') == 1
    assert train(tmp_path / 'b.yaml') == 0
    assert card_of(tmp_path / 'b.yaml')['chain'][0] == {'recipe': str(first)}
    assert train(first) == 0
    assert card_of(first)['chain'][0]['whole'] is False


def test_weights_that_a_finished_run_has_lost_are_named(
    last: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path / 'b.yaml', '--all') == 0
    (tmp_path / 'run' / 'a' / 'stages' / '00.safetensors').unlink()
    capsys.readouterr()
    assert train(last, '--all') == 1
    assert f'{tmp_path}/run/a is finished, but' in capsys.readouterr().err


def test_a_damaged_record_is_named(
    last: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / 'run' / 'a' / 'run.json'
    record.parent.mkdir(parents=True)
    for text, fault in (('{', 'cannot read'), ('{"recipe": 3}', 'recipe is 3, not a text')):
        record.write_text(text)
        assert train(last, '--all') == 1
        err = capsys.readouterr().err
        assert err.startswith('error: ')
        assert fault in err
        assert str(record) in err


def test_a_chain_needs_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ['--from', 'compact', '--data', f'folder:{tmp_path}']
    for words in (['--all'], ['--all', *own], ['--dry-run', *own]):
        assert main(['train', '--out', str(tmp_path / 'run'), *words]) == 1
        assert 'are of recipes' in capsys.readouterr().err


@pytest.mark.usefixtures('last')
def test_hours_and_commits_of_all_legs_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now_s=0.0)
    monkeypatch.setattr(room, 'time', SimpleNamespace(monotonic=lambda: clock.now_s))
    stop = {'at': 2}

    def told(done: int) -> None:
        clock.now_s += 1800
        if done == stop['at']:
            raise KeyboardInterrupt

    on_steps(monkeypatch, told)
    first = tmp_path / 'a.yaml'
    monkeypatch.setattr(command, 'revision', lambda: 'abc1234')
    assert train(first) == INTERRUPTED
    clock.now_s = 1e6
    stop['at'] = 3
    monkeypatch.setattr(command, 'revision', lambda: 'def5678')
    assert train(first) == INTERRUPTED
    stop['at'] = 0
    assert train(first) == 0
    # Half an hour for each step; the second and the third were lost and done again.
    card = card_of(first)
    assert (card['hours'], card['commit']) == (1.5, 'abc1234, def5678')
    # The same command again writes the model again, and takes no time.
    assert train(first) == 0
    assert card_of(first) == card


QUICK = """
import sys
from time2general_ros.cli.main import main
from time2general_ros.export import folder
folder.export_onnx = lambda _, path, **__: path.write_bytes(b'')
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.usefixtures('last')
def test_two_processes_go_through_a_chain_together(tmp_path: Path) -> None:
    second, program = tmp_path / 'b.yaml', tmp_path / 'quick.py'
    program.write_text(QUICK)
    run = two_processes(
        *(str(program), 'train', str(second), '--accelerator', 'cpu', '--all'),
        *('--out', str(tmp_path / 'run' / 'b'), '--cache', str(tmp_path / 'cache')),
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert len(card_of(second)['chain']) == 2
    records = [json.loads(file.read_text()) for file in tmp_path.glob('run/*/run.json')]
    assert [record['finished'] for record in records] == [True] * 2
