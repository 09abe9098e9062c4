from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from time2general_ros.cli import agreement
from time2general_ros.cli.main import main
from time2general_ros.streaming.engines.engine import EngineStep
from time2general_ros.streaming.engines.errors import EngineError


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Three frames of noise, and some truth."""
    noise = np.random.default_rng(0)
    for folder, depth in (('images', (48, 64, 3)), ('labels', (48, 64))):
        (tmp_path / 'val' / folder).mkdir(parents=True)
        for number in range(3):
            path = tmp_path / 'val' / folder / f'drive_{number:05}.png'
            cv2.imwrite(str(path), noise.integers(0, 11, depth, np.uint8))
    described = {'rate_hz': 30, 'label_set': 'cityscapes19', 'void_id': 255}
    (tmp_path / 'dataset.json').write_text(json.dumps(described))
    return f'folder:{tmp_path}'


class StandIn:
    """An engine whose masks differ from its first camera's in one quarter of the last frame."""

    def __init__(self, name: str, model: object, precision: str) -> None:
        self.name, self.model, self.precision = name, model, precision
        self.batch, self.device, self.channels_last = 1, 'nowhere', False
        self._count = 0

    def new_bank(self) -> object:
        return object()

    def step(self, images, banks, age_s, valid, write) -> EngineStep:
        self._count += 1
        ids = np.zeros((1, images.shape[2] // 4, images.shape[3] // 4), np.uint8)
        if self.name == 'other' and self._count == 3:
            ids[:, : ids.shape[1] // 2, : ids.shape[2] // 2] = 1
        return EngineStep(ids, np.zeros(ids.shape, np.float32))

    def close(self) -> None:
        pass


def test_masks_are_compared_with_those_of_the_first_engine(data, monkeypatch, capsys) -> None:
    monkeypatch.setattr(
        agreement, 'create_engine', lambda name, model, precision: StandIn(name, model, precision)
    )
    monkeypatch.setattr(agreement, 'check_engine', lambda name, model, precision: None)
    engines = 'reference:f32,other:bf16,reference'
    assert main(['agreement', '--data', data, '--engines', engines]) == 0
    rows = [
        [cell.strip() for cell in line.split('│')[1:-1]]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith('│')
    ]
    assert [row[:4] for row in rows] == [
        ['reference', 'f32', '100.00', '100.00'],
        ['other', 'bf16', '91.67', '75.00'],
        ['reference', 'auto', '100.00', '100.00'],
    ]


def test_what_has_no_labels_gets_no_figure(data, monkeypatch, capsys) -> None:
    monkeypatch.setattr(
        agreement, 'create_engine', lambda name, model, precision: StandIn(name, model, precision)
    )
    monkeypatch.setattr(agreement, 'check_engine', lambda name, model, precision: None)
    root = Path(data.removeprefix('folder:'))
    for path in (root / 'val' / 'labels').iterdir():
        cv2.imwrite(str(path), np.full((48, 64), 255, np.uint8))
    assert main(['agreement', '--data', data, '--engines', 'reference']) == 0
    assert '│ -' in capsys.readouterr().out.replace('     ', ' ')


def test_data_without_frames_is_told(data, monkeypatch, capsys) -> None:
    monkeypatch.setattr(
        agreement, 'create_engine', lambda name, model, precision: StandIn(name, model, precision)
    )
    monkeypatch.setattr(agreement, 'check_engine', lambda name, model, precision: None)
    monkeypatch.setattr(agreement, 'evaluate', lambda *arguments, **options: {1: None})
    assert main(['agreement', '--data', data, '--engines', 'reference']) == 1
    assert 'has no frame in val' in capsys.readouterr().err


def test_what_there_is_not_is_told_in_a_line(data, capsys) -> None:
    assert main(['agreement', '--data', data, '--engines', 'tensorflow']) == 1
    assert "there is no engine 'tensorflow'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(['agreement', '--data', data, '--engines', 'openvino:f64'])
    assert "'f64' in 'openvino:f64' is no precision" in capsys.readouterr().err


def test_an_engine_that_does_not_work_here_is_told_before_any_is_scored(
    data, monkeypatch, capsys
) -> None:
    def check(name: str, model: object, precision: str) -> None:
        if precision == 'bf16':
            raise EngineError(f'{name} does not compute in bf16')

    def create(name: str, model: object, precision: str) -> StandIn:
        scored.append((name, precision))
        return StandIn(name, model, precision)

    scored: list[tuple[str, str]] = []
    monkeypatch.setattr(agreement, 'check_engine', check)
    monkeypatch.setattr(agreement, 'create_engine', create)
    assert main(['agreement', '--data', data, '--engines', 'torch:f32,openvino:bf16']) == 1
    assert 'openvino does not compute in bf16' in capsys.readouterr().err
    assert scored == []
    # What nobody named is left out.
    assert main(['agreement', '--data', data]) == 0
    assert 'note: openvino in bf16 is left out' in capsys.readouterr().err
    assert scored == [('openvino', 'f32'), ('onnxruntime', 'f32'), ('torch', 'f32')]
