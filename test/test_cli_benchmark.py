from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
import shutil

from benchmark_samples import HalfSky, Threshold
import cv2
import numpy as np
import pytest
from shipped_model import shipped_folder

from time2general_ros.cli import benchmark as command
from time2general_ros.cli.main import main
from time2general_ros.data.labelled_video import DataError
from time2general_ros.evaluation.report import ReportError

pytest.importorskip('matplotlib', reason='matplotlib is not installed')
shipped_folder()

FILES = {
    'results.md',
    'results.csv',
    'results.json',
    'results.png',
    'flicker_by_stride.png',
    'miou_by_corruption.png',
}


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Six frames, sky above and road below."""
    root = tmp_path / 'data'
    for folder in ('images', 'labels'):
        (root / 'val' / folder).mkdir(parents=True)
    for number in range(6):
        frame = HalfSky().frame(number)
        name = f'drive_{number:05}.png'
        cv2.imwrite(str(root / 'val' / 'images' / name), frame.image)
        cv2.imwrite(str(root / 'val' / 'labels' / name), frame.labels)
    return f'camvid:{root}'


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(['benchmark', *arguments])


class Models:
    """Give one predictor for all memory modes, and note the modes."""

    def __init__(self) -> None:
        self.modes: list[str] = []
        self.predictor = Threshold()

    def __call__(self, args: argparse.Namespace) -> Threshold:
        self.modes.append(args.memory)
        return self.predictor


def benchmark(data: str, out: Path, *more: str) -> Models:
    models = Models()
    chosen = ['--strides', '1,2', '--corruptions', 'fog:3,impulse_noise:3', '--no-flow']
    args = parse('--data', data, '--out', str(out), *chosen, *more)
    assert command.run(args, models) == 0
    return models


def test_every_form_of_the_results_is_written(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'made' / 'out'
    models = benchmark(data, out)
    assert models.modes == ['on', 'off']
    assert {path.name for path in out.iterdir()} == {*FILES, 'cells'}
    assert {Path(line).name for line in capsys.readouterr().out.splitlines()} == FILES
    for picture in out.glob('*.png'):
        drawn = cv2.imread(str(picture))
        assert drawn is not None
        assert np.unique(drawn.reshape(-1, 3), axis=0).shape[0] > 20


def test_what_cannot_be_scored_is_told(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / 'bare'
    shutil.copytree(data.removeprefix('camvid:'), bare)
    for path in (bare / 'val' / 'labels').iterdir():
        cv2.imwrite(str(path), np.full_like(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), 11))
    with pytest.raises(DataError, match=r'nothing of camvid:.*bare, val could be scored'):
        benchmark(f'camvid:{bare}', tmp_path / 'one')
    assert not (tmp_path / 'one' / 'results.json').exists()
    benchmark(data, tmp_path / 'two', '--data', data, f'camvid:{bare}')
    assert 'warning: nothing of camvid:' in capsys.readouterr().err


def test_the_tables_agree(data: str, tmp_path: Path) -> None:
    benchmark(data, tmp_path)
    content = json.loads((tmp_path / 'results.json').read_text())
    with (tmp_path / 'results.csv').open() as file:
        table = list(csv.DictReader(file))
    # Clean, two corruptions and their mean, at two strides, in two modes.
    assert len(table) == len(content['rows']) == 4 * 2 * 2
    for record, found in zip(content['rows'], table, strict=True):
        assert float(found['miou']) == record['miou']
        assert (found['data'], found['memory']) == (record['data'], record['memory'])
    first = content['rows'][0]
    assert (first['data'], first['corruption'], first['memory']) == (data, 'none', 'on')
    assert (first['stride'], first['miou'], first['flicker']) == (1, 100.0, 0.0)
    assert first['vc8'] is first['vc16'] is first['tc'] is first['flow_flicker'] is None
    assert [record['is_mean'] for record in content['rows']] == [False] * 4 + [True] * 4 + [
        *[False] * 8
    ]
    text = (tmp_path / 'results.md').read_text()
    assert f'## {data}' in text
    assert (
        '| none | on | 100.00 / 100.00 | 100.00 / 100.00 | 0.00 / 0.00 | - / - | - / - |' in text
    )
    assert '| mean of 2, severity 3 | off |' in text
    assert 'the street is known to a model' in text


def test_a_second_run_scores_only_what_is_new(data: str, tmp_path: Path) -> None:
    benchmark(data, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob('*') if path.is_file()}
    assert benchmark(data, tmp_path).predictor.seen == 0
    assert before == {path: path.read_bytes() for path in before}
    assert benchmark(data, tmp_path, '--strides', '1,2,3').predictor.seen == 2 * 3 * 2
    assert benchmark(data, tmp_path, '--seed', '1').predictor.seen > 0
    assert benchmark(data, tmp_path, '--max-gap', '2').predictor.seen > 0


def test_defaults() -> None:
    args = parse('--data', 'camvid:x', 'camvid:y', '--out', 'o')
    assert args.func is command.run
    assert args.data == ['camvid:x', 'camvid:y']
    assert [getattr(args, name) for name in command.SETTINGS] == [None] * 4
    assert (command.SETTINGS['memory'], command.SETTINGS['split']) == (('on', 'off'), 'val')


def test_memory_modes_are_those_of_evaluate(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.parse_memories('off, on,ema:0.5,off') == ('off', 'on', 'ema:0.5')
    with pytest.raises(SystemExit):
        parse('--data', 'x', '--out', 'o', '--memory', 'on,never')
    assert "'never' is not a way to use memory; give on, off" in capsys.readouterr().err


def refuse(_: argparse.Namespace) -> Threshold:
    raise AssertionError('the model was opened before the arguments were checked')


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        (['--data', 'camvid:/none'], DataError, 'no data folder'),
        (['--data', '{data}', 'kitty:x'], DataError, 'kitty:x'),
        (['--data', '{data}', '--out', '{file}'], ReportError, 'cannot make the folder'),
    ],
)
def test_mistakes_are_found_before_the_model_is_opened(
    arguments: list[str], error: type[Exception], message: str, data: str, tmp_path: Path
) -> None:
    file = tmp_path / 'file'
    file.touch()
    filled = [argument.format(data=data, file=file) for argument in arguments]
    with pytest.raises(error, match=message):
        command.run(parse('--out', str(tmp_path / 'out'), *filled), refuse)


def test_the_shipped_model_is_scored(data: str, tmp_path: Path) -> None:
    arguments = ['--data', data, '--strides', '1', '--corruptions', 'none', '--threads', '1']
    assert main(['benchmark', *arguments, '--no-flow', '--out', str(tmp_path / 'out')]) == 0
    settings = json.loads((tmp_path / 'out' / 'results.json').read_text())['settings']
    assert settings['files'] == shipped_folder().card['files']
