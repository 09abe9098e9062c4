from __future__ import annotations

import json
from pathlib import Path
import signal

import pytest
from shipped_model import shipped_folder

openvino = pytest.importorskip('openvino', reason='openvino is not installed')

from time2general_ros.streaming.engines import openvino_fusion  # noqa: E402
from time2general_ros.streaming.engines.openvino_engine import OpenVinoEngine  # noqa: E402
from time2general_ros.streaming.engines.openvino_fusion import Fusion  # noqa: E402
from time2general_ros.streaming.engines.options import EngineOptions  # noqa: E402

GRAPH = shipped_folder().path / 'model.onnx'


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Count the trials in a file, a line each, instead of compiling."""
    log = tmp_path / 'trials'
    counted = f'open({str(log)!r}, "a").write("tried\\n")'
    monkeypatch.setattr(openvino_fusion, 'TRIAL', counted)
    return log


def count(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_graph_is_tried_once_per_version_machine_and_precision(
    tmp_path: Path, trials: Path
) -> None:
    said: list[str] = []
    for expected, version, device, precision in (
        (1, '1', 'a', 'f32'), (1, '1', 'a', 'f32'), (2, '2', 'a', 'f32'), (3, '1', 'b', 'f32'),
        (4, '1', 'a', 'bf16'), (4, '2', 'a', 'f32'),
    ):  # fmt: skip
        assert Fusion(version, device, tmp_path / 'cache').works(GRAPH, precision, said.append)
        assert count(trials) == expected
    other = tmp_path / 'other.onnx'
    other.write_bytes(b'another graph')
    assert Fusion('1', 'a', tmp_path / 'cache').works(other, 'f32', said.append)
    assert count(trials) == 5
    assert not said


@pytest.mark.parametrize(
    'trial', [f'import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})', 'raise ValueError']
)
def test_a_crash_is_survived_told_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str
) -> None:
    monkeypatch.setattr(openvino_fusion, 'TRIAL', trial)
    said: list[str] = []
    assert not Fusion('7.1', 'a', tmp_path).works(GRAPH, 'f32', said.append)
    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'pass')
    assert not Fusion('7.1', 'a', tmp_path).works(GRAPH, 'f32', said.append)
    assert len(said) == 2
    assert 'OpenVINO 7.1' in said[0]
    assert str(GRAPH) in said[0]


def test_a_trial_that_takes_too_long_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'import time; time.sleep(60)')
    monkeypatch.setattr(openvino_fusion, 'LONGEST_S', 0.2)
    assert not Fusion('1', 'a', tmp_path).works(GRAPH, 'f32', [].append)


@pytest.mark.parametrize('content', ['', '{', '"yes"', '[true]'])
def test_a_damaged_note_is_made_again(tmp_path: Path, trials: Path, content: str) -> None:
    fusion = Fusion('1', 'a', tmp_path)
    assert fusion.works(GRAPH, 'f32', [].append)
    note = next(tmp_path.glob('*.fusion.json'))
    note.write_text(content)
    assert fusion.works(GRAPH, 'f32', [].append)
    assert count(trials) == 2
    assert json.loads(note.read_text()) is True


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, trials: Path) -> None:
    (tmp_path / 'file').write_text('')
    fusion = Fusion('1', 'a', tmp_path / 'file' / 'cache')
    assert fusion.works(GRAPH, 'f32', [].append)
    assert fusion.works(GRAPH, 'f32', [].append)
    assert count(trials) == 2


@pytest.mark.parametrize('works', [True, False])
def test_the_engine_fuses_only_what_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    given: list[dict[str, str]] = []
    compile_model = openvino.Core.compile_model

    def watch(core, graph, device, settings):
        given.append(settings)
        return compile_model(core, graph, device, settings)

    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'pass' if works else 'raise ValueError')
    monkeypatch.setattr(openvino.Core, 'compile_model', watch)
    said: list[str] = []
    options = EngineOptions(cache=tmp_path, report=said.append)
    OpenVinoEngine(shipped_folder(), options).close()
    assert given[0].get('SNIPPETS_MODE') == (None if works else 'DISABLE')
    assert len(said) == (not works)


def test_the_shipped_graph_can_be_fused(tmp_path: Path) -> None:
    assert Fusion(openvino.__version__, 'this', tmp_path).works(GRAPH, 'f32', [].append)
