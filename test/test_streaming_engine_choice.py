from __future__ import annotations

from collections.abc import Callable
import sys
from typing import Any

import pytest
from tiny_model import tiny_folder

from time2general_ros.streaming import engines
from time2general_ros.streaming.engines import (
    ENGINES,
    EngineError,
    OutOfDeviceMemoryError,
    create_engine,
    nvidia,
    table,
)
from time2general_ros.streaming.engines.options import EngineOptions
from time2general_ros.streaming.engines.precision import chosen_precision
from time2general_ros.streaming.model_folder import ModelError, ModelFolder

Started = list[tuple[str, int]]


class StandIn:
    """An engine that has nothing to run."""

    precision, device = 'f32', 'a stand-in'

    def __init__(self, name: str, batch: int) -> None:
        self.name, self.batch = name, batch


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Put stand-ins in place of engines; list which were started, and for how many cameras."""
    calls: Started = []

    def start(name: str, model: ModelFolder, options: EngineOptions) -> StandIn:
        calls.append((name, options.cameras))
        problem = broken.get(name)
        if problem:
            problem(options.cameras)
        return StandIn(name, options.cameras)

    broken: dict[str, Callable[[int], None]] = {}
    monkeypatch.setattr(table, 'find_spec', lambda name: None if name == 'no_such_lib' else name)
    monkeypatch.setattr(engines, '_start', start)
    monkeypatch.setattr(StandIn, 'broken', broken, raising=False)
    return calls


def break_down(**engines_broken: Callable[[int], None]) -> None:
    StandIn.broken.update(engines_broken)  # type: ignore[attr-defined]


def refuse(cameras: int) -> None:
    raise EngineError('its library is too old')


def room_for(most: int) -> Callable[[int], None]:
    def start(cameras: int) -> None:
        if cameras > most:
            raise OutOfDeviceMemoryError(f'no room for {cameras}')

    return start


def on_gpu(monkeypatch: pytest.MonkeyPatch, *, there_is_one: bool) -> None:
    obstacle = None if there_is_one else 'there is no NVIDIA driver'
    monkeypatch.setattr(table, 'gpu_obstacle', lambda: obstacle)


def choose(cameras: int = 1) -> tuple[Any, list[str]]:
    lines: list[str] = []
    engine = create_engine('auto', tiny_folder(), cameras=cameras, report=lines.append)
    return engine, lines


@pytest.mark.parametrize(('gpu', 'best'), [(True, 'tensorrt'), (False, 'openvino')])
def test_auto_takes_the_best_and_says_why(
    started: Started, monkeypatch: pytest.MonkeyPatch, gpu: bool, best: str
) -> None:
    on_gpu(monkeypatch, there_is_one=gpu)
    engine, lines = choose(cameras=3)
    assert engine.name == best
    assert started == [(best, 3)]
    why = 'there is an NVIDIA GPU' if gpu else 'there is no NVIDIA driver'
    assert lines == [f'engine: {best} (f32 on a stand-in), since {why}']


def test_auto_passes_over_what_fails_with_a_warning(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_gpu(monkeypatch, there_is_one=True)
    break_down(tensorrt=refuse, torch=room_for(0))
    engine, lines = choose()
    assert engine.name == 'onnxruntime'
    assert [name for name, _ in started] == ['tensorrt', 'torch', 'onnxruntime']
    assert lines[0] == 'warning: the engine tensorrt is passed over: its library is too old'
    assert lines[1] == 'warning: the engine torch is passed over: no room for 1'
    assert lines[2].startswith('engine: onnxruntime')


def test_without_an_engine_that_works_each_has_one_line_and_the_python_is_named(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_gpu(monkeypatch, there_is_one=False)
    monkeypatch.setitem(ENGINES, 'torch', table.EngineKind('m', 'M', 'no_such_lib'))
    break_down(openvino=refuse, onnxruntime=room_for(0))
    lines: list[str] = []
    with pytest.raises(EngineError) as caught:
        create_engine('auto', tiny_folder(), report=lines.append)
    assert str(caught.value).splitlines() == [
        f'no engine works for {sys.executable}',
        '  openvino: its library is too old',
        '  onnxruntime: no room for 1',
        "  torch: it needs the module 'no_such_lib': pip install no_such_lib",
    ]
    assert lines == []


def test_auto_does_not_pass_over_an_altered_model(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alter(cameras: int) -> None:
        raise ModelError('altered')

    on_gpu(monkeypatch, there_is_one=False)
    break_down(openvino=alter)
    with pytest.raises(ModelError, match='altered'):
        choose()
    assert len(started) == 1


def test_a_full_device_is_given_smaller_batches(started: Started) -> None:
    break_down(torch=room_for(2))
    lines: list[str] = []
    engine = create_engine('torch', tiny_folder(), cameras=9, report=lines.append)
    assert engine.batch == 2
    assert started == [('torch', 9), ('torch', 4), ('torch', 2)]
    assert lines == [
        'warning: no room for 9; trying with a batch of 4',
        'warning: no room for 4; trying with a batch of 2',
    ]


def test_a_device_too_small_for_one_camera_is_an_error(started: Started) -> None:
    break_down(torch=room_for(0))
    with pytest.raises(OutOfDeviceMemoryError, match='no room for 1'):
        create_engine('torch', tiny_folder(), cameras=4)
    assert [cameras for _, cameras in started] == [4, 2, 1]


def test_here_auto_runs_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    on_gpu(monkeypatch, there_is_one=False)
    engine, lines = choose()
    assert (engine.name, engine.precision) == ('openvino', 'f32')
    assert engine.device in lines[-1]


def test_unknown_engine_is_answered_with_those_that_work_and_why_others_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_gpu(monkeypatch, there_is_one=False)
    monkeypatch.setitem(ENGINES, 'missing', table.EngineKind('m', 'M', 'no_such_lib'))
    with pytest.raises(EngineError) as caught:
        create_engine('tensorflow', tiny_folder())
    message = str(caught.value)
    assert message.startswith("there is no engine 'tensorflow'; here work: auto, openvino")
    assert "missing: it needs the module 'no_such_lib': pip install no_such_lib" in message
    assert 'tensorrt: ' in message


def test_an_engine_that_cannot_run_here_is_answered_with_those_that_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_gpu(monkeypatch, there_is_one=False)
    kind = ENGINES['openvino']._replace(needs_gpu=True)
    monkeypatch.setitem(ENGINES, 'gpu only', kind)
    with pytest.raises(EngineError) as caught:
        create_engine('gpu only', tiny_folder())
    told = "the engine 'gpu only' does not work here: there is no NVIDIA driver; here work: auto, "
    assert str(caught.value).startswith(told)
    assert str(caught.value).count('there is no NVIDIA driver') == 1


def test_what_a_library_raises_becomes_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ENGINES, 'broken', ENGINES['openvino']._replace(name='NoSuchClass'))
    with pytest.raises(EngineError, match=r'not start: AttributeError: .*; name another'):
        create_engine('broken', tiny_folder())


class Driver:
    """A stand-in for the NVIDIA driver."""

    def __init__(self, count: int, status: int = 0) -> None:
        self._count, self._status = count, status

    def cuInit(self, flags: int) -> int:  # noqa: N802
        return self._status

    def cuDeviceGetCount(self, count: Any) -> int:  # noqa: N802
        count._obj.value = self._count
        return 0


@pytest.mark.parametrize(
    ('driver', 'obstacle'),
    [
        (Driver(1), None),
        (Driver(0), 'the NVIDIA driver finds no GPU'),
        (Driver(1, status=999), 'the NVIDIA driver does not start'),
        (None, 'there is no NVIDIA driver'),
    ],
)
def test_gpus_are_found_through_the_driver(
    monkeypatch: pytest.MonkeyPatch, driver: Driver | None, obstacle: str | None
) -> None:
    def load(name: str) -> Driver:
        if driver is None:
            raise OSError(name)
        return driver

    monkeypatch.setattr(nvidia.ctypes, 'CDLL', load)
    assert nvidia.gpu_obstacle.__wrapped__() == obstacle


def test_precision_is_the_first_offered_unless_asked_for() -> None:
    assert chosen_precision('auto', ['bf16', 'f32'], 'x') == 'bf16'
    assert chosen_precision('f32', ['bf16', 'f32'], 'x') == 'f32'
    with pytest.raises(EngineError, match="x does not compute in 'int8' but in bf16 or f32; ask"):
        chosen_precision('int8', ['bf16', 'f32'], 'x')


@pytest.mark.parametrize('name', ['openvino', 'onnxruntime', 'torch'])
def test_engines_refuse_a_precision_that_they_do_not_have(name: str) -> None:
    if obstacle := ENGINES[name].obstacle():
        pytest.skip(obstacle)
    with pytest.raises(EngineError, match=f"{name}.* does not compute in 'int8' but in f32"):
        create_engine(name, tiny_folder(), precision='int8')
    assert create_engine(name, tiny_folder(), precision='f32', threads=1).precision == 'f32'
