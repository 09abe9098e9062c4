from __future__ import annotations

from collections.abc import Callable, Iterator
import gc
import importlib
from pathlib import Path
import sys
from typing import Any

from fake_tensorrt import Machine
import numpy as np
import pytest
from toy_graph import toy_folder

onnx = pytest.importorskip('onnx', reason='onnx is not installed')
onnxruntime = pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')

from time2general_ros.streaming.engines.engine import EMPTY  # noqa: E402
from time2general_ros.streaming.engines.errors import (  # noqa: E402
    EngineError,
    OutOfDeviceMemoryError,
)
from time2general_ros.streaming.engines.options import EngineOptions  # noqa: E402
from time2general_ros.streaming.model_folder import (  # noqa: E402
    ModelError,
    ModelFolder,
    load_model_folder,
)

PACKAGE = 'time2general_ros.streaming.engines'
Make = Callable[..., Any]


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Give a machine with a GPU; what was imported for it is forgotten afterwards."""

    def forget() -> None:
        for name in [name for name in sys.modules if name.startswith(f'{PACKAGE}.tensorrt')]:
            del sys.modules[name]

    forget()
    yield Machine()
    gc.collect()
    forget()


@pytest.fixture
def make(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """Start the engine on the machine as it is then, with a cache of the test's own."""

    def start(model: ModelFolder | None = None, **options: Any) -> Any:
        for name, module in machine.modules().items():
            monkeypatch.setitem(sys.modules, name, module)
        for name in [name for name in sys.modules if name.startswith(f'{PACKAGE}.tensorrt')]:
            del sys.modules[name]
        module = importlib.import_module(f'{PACKAGE}.tensorrt_engine')
        options = {'precision': 'f32', 'cache': tmp_path / 'plans', **options}
        return module.TensorRtEngine(model or toy_folder(), EngineOptions(**options))

    return start


def plans(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / 'plans').iterdir())


def frames(model: ModelFolder, count: int, seed: int = 0) -> np.ndarray:
    shape = (count, 3, *model.input_size)
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def test_steps_are_those_of_the_graph(make: Make) -> None:
    engine = make()
    graph = str(engine.model.path / 'model.onnx')
    session = onnxruntime.InferenceSession(graph, providers=['CPUExecutionProvider'])
    M, bank = engine.model.slots, engine.new_bank()
    memory = np.zeros((1, M, *engine.model.slot_shape), np.float32)
    for step, image in enumerate(frames(engine.model, 6)):
        age_s = np.array([[((step - 1 - slot) % M + 1) / 15 for slot in range(M)]], np.float32)
        valid = (np.arange(M) < step).astype(np.float32)[None]
        inputs = {'image': image[None], 'memory': memory, 'age_s': age_s, 'valid': valid}
        class_ids, confidence, slot = session.run(None, inputs)
        answer = engine.step(image[None], [bank], age_s, valid, [step % M])
        memory[0, step % M] = slot[0]
        assert np.array_equal(answer.class_ids, class_ids)
        assert np.array_equal(answer.confidence, confidence)
        assert (answer.class_ids.dtype, answer.confidence.dtype) == (np.uint8, np.float32)
        assert np.array_equal([bank.read(index) for index in range(M)], memory[0])


def test_cameras_together_are_answered_as_if_alone(make: Make, machine: Machine) -> None:
    engine, single = make(toy_folder(3), cameras=5), make(toy_folder(3), cameras=1)
    assert (engine.batch, single.batch) == (3, 1)
    M, cameras = engine.model.slots, 5
    rng = np.random.default_rng(4)
    together, alone = ([one.new_bank() for _ in range(cameras)] for one in (engine, single))
    slots = rng.standard_normal((cameras, *engine.model.slot_shape), np.float32)
    for banks in (together, alone):
        for bank, slot in zip(banks, slots, strict=True):
            bank.write(1, slot)
    images = frames(engine.model, cameras)
    age_s = rng.uniform(0.05, 0.5, (cameras, M)).astype(np.float32)
    valid = np.zeros((cameras, M), np.float32)
    valid[[0, 1, 4], 1] = 1
    # Cameras 1 and 4 have their memory in different places, 4 and 0 come in no order.
    for chosen in ([4, 0, 1], [2], [3, 1]):
        machine.runs.clear()
        ours = engine.step(
            images[chosen],
            [together[c] for c in chosen],
            age_s[chosen],
            valid[chosen],
            [2] * len(chosen),
        )
        assert len(machine.runs) == len({c // 3 for c in chosen})
        for row, c in enumerate(chosen):
            one = single.step(
                images[c : c + 1], [alone[c]], age_s[c : c + 1], valid[c : c + 1], [2]
            )
            assert (ours.class_ids[row] == one.class_ids[0]).mean() >= 0.999
            np.testing.assert_allclose(ours.confidence[row], one.confidence[0], atol=1e-4)
            np.testing.assert_allclose(together[c].read(2), alone[c].read(2), rtol=0, atol=1e-3)
    for c in range(cameras):
        assert np.array_equal(together[c].read(1), slots[c])


def test_a_step_that_writes_nothing_leaves_the_bank_as_it_was(make: Make) -> None:
    engine = make()
    M, bank = engine.model.slots, engine.new_bank()
    zeros = np.zeros((1, M), np.float32)
    assert not any(bank.read(slot).any() for slot in range(M))
    engine.step(frames(engine.model, 1), [bank], zeros, zeros, [EMPTY])
    assert not any(bank.read(slot).any() for slot in range(M))
    engine.step(frames(engine.model, 1), [bank], zeros, zeros, [1])
    assert [bool(bank.read(slot).any()) for slot in range(M)] == [s == 1 for s in range(M)]


def test_memory_of_forgotten_cameras_is_given_back(make: Make) -> None:
    engine = make(toy_folder(3), cameras=3)
    held = sys.modules['cuda.bindings.runtime'].held
    before, used = len(held), engine.device_memory_mb()
    banks = [engine.new_bank() for _ in range(4)]
    assert len(held) == before + 2
    assert engine.device_memory_mb() > used
    banks[0].write(0, np.ones(engine.model.slot_shape, np.float32))
    del banks[0]
    assert not engine.new_bank().read(0).any()
    banks.clear()
    gc.collect()
    assert len(held) == before
    assert engine.device_memory_mb() == pytest.approx(used)
    engine.close()
    assert not held


def test_a_plan_is_built_once(make: Make, machine: Machine, tmp_path: Path) -> None:
    told: list[str] = []
    make(report=told.append, threads=2)
    assert machine.log == ['network 2', 'build with 2 threads']
    assert [line for line in told if '%' in line] == [
        f'TensorRT: Building Engine, {part} %' for part in (25, 50, 75, 100)
    ]
    assert 'TensorRT: a tactic was left out' in told
    assert not any('detail' in line for line in told)
    (plan,) = plans(tmp_path)
    assert str(plan) in told[-1]
    told.clear()
    make(report=told.append)
    assert len(machine.built) == 1
    assert str(plan) in told[0]


def change_graph(folder: Path) -> None:
    model = onnx.load(folder / 'model.onnx')
    model.producer_version = 'another'
    onnx.save(model, folder / 'model.onnx')


@pytest.mark.parametrize(
    ('what', 'value'),
    [
        ('version', '11.4.0'),
        ('gpu', b'Thor\0'),
        ('capability', (10, 1)),
        ('precision', 'f16'),
        ('model', 'three'),
    ],
)
def test_what_a_plan_depends_on_makes_another_plan(
    what: str, value: Any, make: Make, machine: Machine, tmp_path: Path
) -> None:
    make()
    options: dict[str, Any] = {}
    if what == 'precision':
        options['precision'] = value
    elif what == 'model':
        options.update(model=toy_folder(3), cameras=3)
    else:
        setattr(machine, what, value)
    make(**options)
    assert (len(machine.built), len(plans(tmp_path))) == (2, 2)
    make(**options)
    assert len(machine.built) == 2


@pytest.mark.parametrize('damage', ['cut', 'flip', 'empty', 'foreign'])
def test_a_damaged_plan_is_built_again(
    damage: str, make: Make, machine: Machine, tmp_path: Path
) -> None:
    make()
    (plan,) = plans(tmp_path)
    data = bytearray(plan.read_bytes())
    whole = bytes(data)
    if damage == 'flip':
        data[-5] ^= 1
    kept = {'cut': data[:-9], 'flip': data, 'empty': b'', 'foreign': b'{}\nplan of mine'}[damage]
    plan.write_bytes(bytes(kept))
    told: list[str] = []
    make(report=told.append)
    assert len(machine.built) == 2
    assert any('warning' in line and str(plan) in line for line in told)
    assert plans(tmp_path) == [plan]
    assert plan.read_bytes() == whole


def test_a_plan_that_tensorrt_refuses_is_built_again(
    make: Make, machine: Machine, tmp_path: Path
) -> None:
    make()
    (plan,) = plans(tmp_path)
    module = sys.modules[f'{PACKAGE}.tensorrt.plan_cache']
    head = plan.read_bytes().partition(b'\n')[0]
    import json

    facts = json.loads(head)
    del facts['plan_sha256']
    cache_of = module.PlanCache(tmp_path / 'plans')
    cache_of.store(module.PlanKey(**facts), b'of another build of this version')
    told: list[str] = []
    make(report=told.append)
    assert len(machine.built) == 2
    assert any('refuses' in line for line in told)


def test_a_cache_that_cannot_be_written_costs_time_only(
    make: Make, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / 'plans').write_text('in the way')
    told: list[str] = []
    engine = make(report=told.append)
    assert engine.batch == 1
    assert any('cannot keep the plan' in line for line in told)
    assert len(machine.built) == 1


def test_the_cache_of_the_user_is_the_default(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'home'))
    make(cache=None)
    assert list((tmp_path / 'home' / 'time2general' / 'tensorrt').glob('*.plan'))


def test_half_precision_is_cast_before_the_build(make: Make, machine: Machine) -> None:
    engine = make(precision='auto')
    assert engine.precision == 'f16'
    graph = onnx.load_model_from_string(machine.built[0]).graph
    kinds = {tensor.data_type for tensor in graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds


def test_without_onnx_a_float32_graph_stays_one(
    make: Make, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    make()
    monkeypatch.setattr(sys.modules[f'{PACKAGE}.tensorrt.plans'], 'find_spec', lambda _: None)
    source = sys.modules[f'{PACKAGE}.tensorrt.plans'].PlanSource
    plan = source(toy_folder(), report=told.append).load('model.onnx', 1)
    assert plan.precision == 'f32'
    assert any('pip install onnx' in line for line in told)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'precision': 'int8'}, ['int8', 'f16', 'bf16', 'f32']),
        ({'precision': 'bf16'}, ['bf16', 'f16', 'Ampere']),
    ],
)
def test_precisions_that_cannot_be_had_are_refused(
    options: dict[str, Any], words: list[str], make: Make, machine: Machine
) -> None:
    machine.capability = (7, 2)
    with pytest.raises(EngineError) as caught:
        make(**options)
    for word in words:
        assert word in str(caught.value)


def test_too_little_memory_for_all_cameras_is_enough_for_one(make: Make, machine: Machine) -> None:
    for limit in ('most_built', 'most_run'):
        setattr(machine, limit, 2)
        told: list[str] = []
        engine = make(toy_folder(3), cameras=3, report=told.append)
        assert engine.batch == 1
        assert any('one camera at a time' in line for line in told)
        assert any('3 cameras take 3 steps' in line for line in told)
        setattr(machine, limit, 99)


@pytest.mark.parametrize('limit', ['most_built', 'most_run', 'memory_mb'])
def test_too_little_memory_for_one_camera_is_told(
    limit: str, make: Make, machine: Machine
) -> None:
    setattr(machine, limit, 0)
    for model, cameras in ((toy_folder(), 1), (toy_folder(3), 3)):
        with pytest.raises(OutOfDeviceMemoryError, match='GPU has too little free memory'):
            make(model, cameras=cameras)
        assert not sys.modules['cuda.bindings.runtime'].held


def test_a_camera_too_many_for_the_memory_leaves_the_others(make: Make, machine: Machine) -> None:
    engine = make()
    bank, zeros = engine.new_bank(), np.zeros((1, engine.model.slots), np.float32)
    machine.memory_mb = 0
    with pytest.raises(OutOfDeviceMemoryError, match='fewer cameras'):
        engine.new_bank()
    engine.step(frames(engine.model, 1), [bank], zeros, zeros, [0])
    assert bank.read(0).any()


@pytest.mark.parametrize(
    ('field', 'words'),
    [('build_error', 'could not build a plan'), ('parse_error', 'refuses the graph')],
)
def test_what_tensorrt_cannot_build_is_told_with_its_reason(
    field: str, words: str, make: Make, machine: Machine, tmp_path: Path
) -> None:
    setattr(machine, field, 'node_7 is not supported')
    with pytest.raises(EngineError, match=f'{words}: node_7 is not supported') as caught:
        make()
    assert not isinstance(caught.value, OutOfDeviceMemoryError)
    assert not (tmp_path / 'plans').exists()


def test_a_library_that_does_not_start_is_told(make: Make, machine: Machine) -> None:
    machine.starts = False
    with pytest.raises(EngineError, match='does not start: no CUDA device was found'):
        make()


def test_a_build_can_be_interrupted(make: Make, tmp_path: Path) -> None:
    def interrupt(line: str) -> None:
        if '50 %' in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(report=interrupt)
    assert not (tmp_path / 'plans').exists()


def test_an_altered_graph_is_refused(make: Make, tmp_path: Path) -> None:
    import json
    import shutil

    from time2general_ros.checksum import sha256

    folder = tmp_path / 'model'
    shutil.copytree(toy_folder().path, folder)
    change_graph(folder)
    with pytest.raises(ModelError, match='restore it'):
        make(load_model_folder(folder))
    card = json.loads((folder / 'card.json').read_text())
    card['files']['model.onnx'] = sha256(folder / 'model.onnx')
    card['files']['weights.safetensors'] = '0' * 64
    (folder / 'card.json').write_text(json.dumps(card))
    with pytest.raises(ModelError, match='model_sha256'):
        make(load_model_folder(folder))


def test_bindings_without_libraries_are_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / 'tensorrt.py').write_text('raise ImportError("libnvinfer.so.10: no such file")')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, 'tensorrt', raising=False)
    with pytest.raises(EngineError, match=r'libnvinfer.so.10.*JetPack'):
        importlib.import_module(f'{PACKAGE}.tensorrt.library')
