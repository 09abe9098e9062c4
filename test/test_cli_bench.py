from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
import json
from pathlib import Path
from typing import Any

import pytest
from tiny_model import tiny_folder

pytest.importorskip('onnx', reason='onnx is not installed')
transformers = pytest.importorskip('transformers', reason='transformers is not installed')

from time2general_ros.cli import bench as command  # noqa: E402
from time2general_ros.cli.main import main  # noqa: E402
from time2general_ros.streaming.engines import EngineError  # noqa: E402
from time2general_ros.timing import bench, models, roofline  # noqa: E402
from time2general_ros.timing.errors import TimingError  # noqa: E402
from time2general_ros.timing.frame_path import FramePath, RoundTimes  # noqa: E402

QUICK = ('--engine', 'openvino', '--threads', '1', '--image', '48x80')
SHORT = ('--frames', '6', '--repeats', '2')


def call(function: Callable[..., object], *args: object) -> object:
    return function(*args)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export a small one in this process, which has PyTorch already, and multiply little."""
    one_block_each = partial(transformers.SegformerConfig, depths=[1, 1, 1, 1])
    monkeypatch.setattr(transformers, 'SegformerConfig', one_block_each)
    monkeypatch.setattr(models, 'in_child', call)
    monkeypatch.setattr(roofline, 'CPU_CHAIN', (64, 2))


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(['bench', '--model', str(tiny_folder().path), *arguments])


def measured(tmp_path: Path, *more: str) -> dict[str, Any]:
    file = tmp_path / 'bench.json'
    assert command.run(parse(*QUICK, *SHORT, '--json', str(file), *more)) == 0
    figures: dict[str, Any] = json.loads(file.read_text('utf-8'))
    return figures


def test_json_is_what_other_tools_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = measured(tmp_path, '--against', 'clip', '--against', 'segformer-b0')
    assert figures['engine'] == 'openvino'
    assert figures['precision'] == 'f32'
    assert isinstance(figures['machine'], str)
    for stage in ('preprocess', 'step', 'postprocess', 'total'):
        assert 0 < figures[f'{stage}_ms_p50'] <= figures[f'{stage}_ms_p99']
    assert figures['peak_rss_mb'] > 50
    assert (figures['input_size'], figures['image_size']) == ([64, 128], [48, 80])
    assert figures['frames'] == 6
    assert figures['against'].keys() == {'clip', 'segformer-b0'}
    for other in figures['against'].values():
        assert other['ratio'] == pytest.approx(other['ms_p50'] / figures['step_ms_p50'], rel=0.01)
    assert figures['roofline']['frame_gflop'] > 0
    assert figures['roofline']['share'] > 0
    shown = capsys.readouterr().out
    for word in ('preprocess', 'postprocess', 'clip', 'segformer-b0', 'roofline', 'peak memory'):
        assert word in shown


def test_network_of_another_size_is_exported(tmp_path: Path) -> None:
    figures = measured(tmp_path, '--size', '128x192')
    assert (figures['input_size'], figures['image_size']) == ([128, 192], [48, 80])
    assert figures['against'] == {}


def test_size_that_no_network_has_is_that_of_the_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / 'bench.json'
    arguments = parse('--engine', 'openvino', *SHORT, '--size', '50x70', '--json', str(file))
    assert command.run(arguments) == 0
    figures = json.loads(file.read_text('utf-8'))
    assert (figures['input_size'], figures['image_size']) == ([64, 128], [50, 70])
    assert '50x70' in capsys.readouterr().err


def test_size_cannot_be_that_of_the_images_twice() -> None:
    with pytest.raises(TimingError, match='multiples of 64'):
        command.run(parse(*QUICK, '--size', '50x70'))


def test_cameras_share_a_round(tmp_path: Path) -> None:
    figures = measured(tmp_path, '--cameras', '3')
    assert figures['cameras'] == 3
    assert figures['fps'] == pytest.approx(3e3 / figures['total_ms_p50'], rel=0.01)


def test_first_rounds_are_not_among_those_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slowing(FramePath):
        def run(self) -> RoundTimes:
            super().run()
            return RoundTimes(1, self.rounds, 1)

    monkeypatch.setattr(bench, 'FramePath', Slowing)
    figures = measured(tmp_path)
    first, turn = bench.FIRST_WARMUP, bench.TURN_WARMUP
    kept = [first + turn + k for k in (1, 2, 3)] + [first + 2 * turn + 3 + k for k in (1, 2, 3)]
    assert figures['step_ms_p50'] == sum(kept) / len(kept)


def test_unknown_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match='abacus'):
        command.run(parse('--engine', 'abacus', '--size', '128x192'))


def test_place_that_cannot_be_written_is_told_before_anything_is_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, 'run_bench', lambda *_: pytest.fail('timed'))
    for place in (tmp_path, tmp_path / 'missing' / 'bench.json'):
        with pytest.raises(TimingError, match=r'cannot write .*--json'):
            command.run(parse(*QUICK, '--json', str(place)))


def test_failure_leaves_an_earlier_file_as_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / 'old.json', tmp_path / 'new.json'
    old.write_text('{}', 'utf-8')
    for file in (old, new):
        with pytest.raises(EngineError):
            command.run(parse('--engine', 'abacus', '--json', str(file)))
    assert old.read_text('utf-8') == '{}'
    assert not new.exists()


def test_missing_torch_is_told_with_what_works_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_torch(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name='torch')

    monkeypatch.setattr(models, 'in_child', without_torch)
    for option in (('--size', '128x192'), ('--against', 'segformer-b0')):
        with pytest.raises(TimingError, match=r"'torch'.*pip install .*leave out --size"):
            command.run(parse(*QUICK, *SHORT, *option))


def test_clip_is_timed_in_steps_where_nothing_can_be_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_torch(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name='torch')

    monkeypatch.setattr(models, 'in_child', without_torch)
    figures = measured(tmp_path, '--against', 'clip')
    assert figures['against']['clip']['how'] == 'five steps one after the other'
    assert 'torch' in capsys.readouterr().err


def test_what_nothing_is_known_of_cannot_be_compared_with() -> None:
    with pytest.raises(SystemExit):
        main(['bench', '--against', 'yolo'])
