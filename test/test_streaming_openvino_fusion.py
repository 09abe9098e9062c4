from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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


def killed_by(number: int) -> str:
    return f'import os; os.kill(os.getpid(), {int(number)})'


CRASH = killed_by(signal.SIGSEGV)


@pytest.mark.parametrize(
    'number', [signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGBUS]
)
def test_a_crash_is_survived_told_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(openvino_fusion, 'TRIAL', killed_by(number))
    said: list[str] = []
    assert not Fusion('7.1', 'a', tmp_path).works(GRAPH, 'f32', said.append)
    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'pass')
    assert not Fusion('7.1', 'a', tmp_path).works(GRAPH, 'f32', said.append)
    assert len(said) == 2
    assert 'OpenVINO 7.1' in said[0]
    assert str(GRAPH) in said[0]


@pytest.mark.parametrize(
    ('trial', 'said'),
    [
        (killed_by(signal.SIGINT), 'ended by signal 2'),
        (killed_by(signal.SIGTERM), 'ended by signal 15'),
        (killed_by(signal.SIGKILL), 'ended by signal 9'),
        (killed_by(signal.SIGHUP), 'ended by signal 1'),
        ('raise KeyboardInterrupt', 'ended by signal 2'),
        ('import time; time.sleep(60)', 'took more than 0.3 s'),
        ('raise MemoryError("full")', 'failed: MemoryError: full'),
        ('raise SystemExit(1)', 'failed: no reason given'),
    ],
)
def test_a_trial_that_did_not_end_by_itself_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str, said: str
) -> None:
    monkeypatch.setattr(openvino_fusion, 'TRIAL', trial)
    if 'sleep' in trial:
        monkeypatch.setattr(openvino_fusion, 'LONGEST_S', 0.3)
    lines: list[str] = []
    assert not Fusion('1', 'a', tmp_path).works(GRAPH, 'f32', lines.append)
    assert len(lines) == 1
    assert said in lines[0]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(openvino_fusion, 'LONGEST_S', 300.0)
    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'pass')
    assert Fusion('1', 'a', tmp_path).works(GRAPH, 'f32', lines.append)
    assert len(lines) == 1


def test_a_trial_that_cannot_be_started_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_fusion.sys, 'executable', str(tmp_path / 'python'))
    lines: list[str] = []
    assert not Fusion('1', 'a', tmp_path / 'cache').works(GRAPH, 'f32', lines.append)
    assert 'did not start' in lines[0]
    assert not (tmp_path / 'cache').exists()


@pytest.mark.parametrize('works', [True, False])
def test_two_that_start_at_the_same_time_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'pass' if works else CRASH)
    fusion = Fusion('1', 'a', tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: fusion.works(GRAPH, 'f32', [].append), range(4)))
    assert found == [works] * 4
    assert len(list(tmp_path.iterdir())) == 1


# What a version before kept for good, whatever had ended its trial, is among them.
@pytest.mark.parametrize('content', ['', '{', '"yes"', '[true]', 'false', '{"works": 0}'])
def test_a_damaged_note_is_made_again(tmp_path: Path, trials: Path, content: str) -> None:
    fusion = Fusion('1', 'a', tmp_path)
    assert fusion.works(GRAPH, 'f32', [].append)
    note = next(tmp_path.glob('*.fusion.json'))
    note.write_text(content)
    assert fusion.works(GRAPH, 'f32', [].append)
    assert count(trials) == 2
    assert json.loads(note.read_text()) == {'works': True}


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, trials: Path) -> None:
    (tmp_path / 'file').write_text('')
    fusion = Fusion('1', 'a', tmp_path / 'file' / 'cache')
    said: list[str] = []
    assert fusion.works(GRAPH, 'f32', said.append)
    assert 'every start tries it anew' in said[0]
    assert len(said) == 1
    assert fusion.works(GRAPH, 'f32', said.append)
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

    monkeypatch.setattr(openvino_fusion, 'TRIAL', 'pass' if works else CRASH)
    monkeypatch.setattr(openvino.Core, 'compile_model', watch)
    said: list[str] = []
    options = EngineOptions(cache=tmp_path, report=said.append)
    OpenVinoEngine(shipped_folder(), options).close()
    assert given[0].get('SNIPPETS_MODE') == (None if works else 'DISABLE')
    assert len(said) == (not works)


def test_the_shipped_graph_can_be_fused(tmp_path: Path) -> None:
    assert Fusion(openvino.__version__, 'this', tmp_path).works(GRAPH, 'f32', [].append)
