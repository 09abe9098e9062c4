from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_model import tiny_folder

ort = pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')

from time2general_ros.streaming.engines import (  # noqa: E402
    EngineError,
    OutOfDeviceMemoryError,
    create_engine,
    ort_bank,
)
from time2general_ros.streaming.engines.onnxruntime_engine import (  # noqa: E402
    CPU,
    CUDA,
    TENSORRT,
    OnnxRuntimeEngine,
    providers,
)
from time2general_ros.streaming.engines.ort_bank import OrtBank, copy  # noqa: E402

SLOT = (2, 3)


@pytest.fixture
def bank() -> OrtBank:
    engine = create_engine('onnxruntime', tiny_folder(), threads=1)
    return OrtBank(engine._session, 'cpu', 3, SLOT)  # type: ignore[attr-defined]


def test_providers_are_tried_best_first() -> None:
    installed = [CPU, 'AzureExecutionProvider', CUDA, TENSORRT]
    assert [name for name, _ in providers(installed, None)] == [TENSORRT, CUDA, CPU]
    assert [name for name, _ in providers([CPU], None)] == [CPU]


def test_engines_of_the_tensorrt_provider_are_cached_where_asked(tmp_path: Path) -> None:
    (_, options), _ = providers([TENSORRT, CPU], tmp_path)
    assert options['trt_engine_cache_path'] == str(tmp_path)
    (_, options), _ = providers([TENSORRT, CPU], None)
    assert 'trt_engine_cache_enable' not in options


@pytest.mark.filterwarnings('ignore:Specified provider')
def test_a_provider_that_does_not_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, 'get_available_providers', lambda: [CUDA, CPU])
    lines: list[str] = []
    engine = create_engine('onnxruntime', tiny_folder(), threads=1, report=lines.append)
    assert engine.device == 'CPU'
    assert lines == [f'warning: {CUDA} of onnxruntime did not start; it runs on: CPU']


def test_a_graph_that_cannot_be_loaded_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(*_: object, **__: object) -> None:
        raise RuntimeError('no kernel for Gelu')

    monkeypatch.setattr(ort, 'InferenceSession', start)
    with pytest.raises(EngineError, match=r'cannot load .* no kernel for Gelu; use another'):
        create_engine('onnxruntime', tiny_folder())


def test_a_device_that_is_full_is_known_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> None:
        raise RuntimeError('BFCArena: Failed to allocate memory for requested buffer of size 8')

    monkeypatch.setattr(OnnxRuntimeEngine, '_run', run)
    with pytest.raises(OutOfDeviceMemoryError, match='free some, or export'):
        create_engine('onnxruntime', tiny_folder())


def test_slots_are_views_of_one_tensor(bank: OrtBank) -> None:
    for index in range(3):
        bank.write(index, np.full(SLOT, index + 1, np.float32))
    assert bank.value.numpy()[:, 0, 0].tolist() == [1, 2, 3]
    assert bank.value.numpy().shape == (3, *SLOT)
    kept = bank.read(1)
    bank.write(1, np.zeros(SLOT, np.float32))
    assert kept.tolist() == np.full(SLOT, 2).tolist()


@pytest.mark.parametrize('on_device', [True, False])
def test_tensors_are_copied_with_any_release(
    bank: OrtBank, monkeypatch: pytest.MonkeyPatch, on_device: bool
) -> None:
    if on_device and not ort_bank._copies_on_device():
        pytest.skip(f'onnxruntime {ort.__version__} copies from the host only')
    monkeypatch.setattr(ort_bank, '_copies_on_device', lambda: on_device)
    bank.write(0, np.full(SLOT, 7, np.float32))
    copy(bank.slots[0], bank.slots[2])
    assert bank.value.numpy()[:, 0, 0].tolist() == [7, 0, 7]


def test_a_precision_that_the_graph_is_not_of_is_refused_with_the_way_to_it() -> None:
    with pytest.raises(EngineError, match='export the model with --precision f16'):
        create_engine('onnxruntime', tiny_folder(), precision='f16')
