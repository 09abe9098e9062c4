"""What is known of an engine before the model is loaded into it."""

from __future__ import annotations

from pathlib import Path
import shutil
import sys

import pytest
from shipped_model import shipped_folder

from time2general_ros.streaming.engines import (
    ENGINES,
    EngineError,
    check_engine,
    create_engine,
    table,
)
from time2general_ros.streaming.model_folder import ModelError, ModelFolder, load_model_folder

HERE = [name for name, kind in ENGINES.items() if kind.obstacle() is None]
FILES = {'openvino': 'model.onnx', 'onnxruntime': 'model.onnx', 'torch': 'weights.safetensors'}


@pytest.fixture
def model(tmp_path: Path) -> ModelFolder:
    shutil.copytree(shipped_folder().path, tmp_path / 'model')
    return load_model_folder(tmp_path / 'model')


@pytest.mark.parametrize('name', ['auto', *HERE])
def test_what_works_passes(name: str, model: ModelFolder) -> None:
    check_engine(name, model)
    check_engine(name, model, precision='f32', cameras=4)


def test_an_engine_that_there_is_not_is_refused(model: ModelFolder) -> None:
    with pytest.raises(EngineError, match="there is no engine 'abacus'; here work: auto"):
        check_engine('abacus', model)


@pytest.mark.parametrize('name', ENGINES)
def test_a_module_that_is_missing_is_refused_with_what_to_install(
    name: str, model: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, 'gpu_obstacle', lambda: None)
    monkeypatch.setitem(sys.modules, ENGINES[name].library, None)
    with pytest.raises(EngineError, match=f'needs the module .*{ENGINES[name].library}.*pip inst'):
        check_engine(name, model)


def test_a_module_that_is_there_and_broken_is_refused(
    model: ModelFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / 'halved.py').write_text("raise ImportError('libhalf.so: no such file')")
    monkeypatch.syspath_prepend(tmp_path)
    kind = table.EngineKind('no_such_engine', 'Halved', 'halved')
    monkeypatch.setitem(ENGINES, 'halved', kind)
    with pytest.raises(EngineError, match="'halved' does not start"):
        check_engine('halved', model)


def test_a_gpu_that_is_missing_is_refused(
    model: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, 'gpu_obstacle', lambda: 'there is no NVIDIA driver')
    monkeypatch.setitem(ENGINES, 'gpu only', ENGINES['openvino']._replace(needs_gpu=True))
    with pytest.raises(EngineError, match='there is no NVIDIA driver'):
        check_engine('gpu only', model)


@pytest.mark.parametrize('name', ['auto', *HERE])
def test_a_precision_that_is_not_to_be_had_is_refused(name: str, model: ModelFolder) -> None:
    with pytest.raises(EngineError, match="does not compute in 'int8'"):
        check_engine(name, model, precision='int8')


@pytest.mark.parametrize('name', HERE)
@pytest.mark.parametrize('do', ['remove', 'unlist'])
def test_a_file_that_is_missing_is_refused(name: str, do: str, model: ModelFolder) -> None:
    file = FILES[name]
    if do == 'remove':
        (model.path / file).unlink()
    else:
        del model.card['files'][file]
    with pytest.raises((ModelError, EngineError), match=file):
        check_engine(name, model)


@pytest.mark.parametrize('name', [name for name in HERE if name != 'torch'])
def test_a_graph_of_another_model_is_refused(name: str, model: ModelFolder) -> None:
    model.card['files']['weights.safetensors'] = 'f' * 64
    with pytest.raises(ModelError, match='is not that of its card'):
        check_engine(name, model)


@pytest.mark.parametrize('name', HERE)
def test_what_is_refused_at_once_is_refused_by_the_engine_in_the_same_words(
    name: str, model: ModelFolder
) -> None:
    with pytest.raises(EngineError) as at_once:
        check_engine(name, model, precision='int8')
    with pytest.raises(EngineError) as later:
        create_engine(name, model, precision='int8')
    assert str(at_once.value) == str(later.value)
