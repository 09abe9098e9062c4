"""
Stand-ins for TensorRT and for the runtime of CUDA, in the shape of their Python bindings.

A plan is the graph itself, and ONNX Runtime executes it on what lies in "device" memory, which is
memory of the host.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

PLAN = b'plan of '
MB = 2**20
KINDS = {'tensor(float)': np.float32, 'tensor(uint8)': np.uint8}


class Machine:
    """
    A GPU with its driver and TensorRT.

    :param log: What was asked of the builder; warnings: what it says while it builds.
    """

    def __init__(self) -> None:
        self.gpu = b'Orin\0\0'
        self.capability = (8, 7)
        self.memory_mb = 64.0
        self.version = '10.3.0'
        self.log: list[str] = []
        self.built: list[bytes] = []
        self.runs: list[int] = []
        self.build_error = ''
        self.parse_error = ''
        self.starts = True
        # Graphs for more cameras cannot be built or cannot be run.
        self.most_built = self.most_run = 99

    def modules(self) -> dict[str, ModuleType]:
        """Give what `import` is to find."""
        runtime = fake_cuda(self)
        bindings, cuda = ModuleType('cuda.bindings'), ModuleType('cuda')
        bindings.runtime = runtime  # type: ignore[attr-defined]
        return {
            'tensorrt': fake_tensorrt(self),
            'cuda': cuda,
            'cuda.bindings': bindings,
            'cuda.bindings.runtime': runtime,
        }


def batch_of(graph: bytes) -> int:
    """Read the number of cameras of a graph."""
    import onnx

    image = onnx.load_model_from_string(graph).graph.input[0]
    return int(image.type.tensor_type.shape.dim[0].dim_value)


class Severity(IntEnum):
    INTERNAL_ERROR, ERROR, WARNING, INFO, VERBOSE = range(5)


class ILogger:
    Severity = Severity

    def log(self, severity: Severity, msg: str) -> None:
        raise NotImplementedError


class IProgressMonitor:
    def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
        raise NotImplementedError

    def step_complete(self, phase_name: str, step: int) -> bool:
        raise NotImplementedError

    def phase_finish(self, phase_name: str) -> None:
        raise NotImplementedError


class NetworkDefinitionCreationFlag(IntEnum):
    STRONGLY_TYPED = 1


class OnnxParser:
    def __init__(self, network: Any, logger: ILogger) -> None:
        self.network, self.logger = network, logger
        self.num_errors = 0

    def parse(self, model: bytes) -> bool:
        self.network.graph = model
        self.num_errors = int(bool(self.network.machine.parse_error))
        return not self.num_errors

    def get_error(self, index: int) -> str:
        return str(self.network.machine.parse_error)


class Dims(tuple[int, ...]):
    """Shapes as TensorRT gives them."""


class ICudaEngine:
    device_memory_size_v2 = 3 * MB

    def __init__(self, machine: Machine, graph: bytes) -> None:
        import onnxruntime

        self.machine, self.graph = machine, graph
        quiet = onnxruntime.SessionOptions()
        quiet.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            graph, quiet, providers=['CPUExecutionProvider']
        )

    def get_tensor_shape(self, name: str) -> Dims:
        values = [*self.session.get_inputs(), *self.session.get_outputs()]
        return next(Dims(value.shape) for value in values if value.name == name)

    def create_execution_context(self) -> IExecutionContext | None:
        if batch_of(self.graph) > self.machine.most_run:
            return None
        return IExecutionContext(self)


class IExecutionContext:
    def __init__(self, engine: ICudaEngine) -> None:
        self.engine = engine
        self.addresses: dict[str, int] = {}

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        assert stream_handle == 7
        session = self.engine.session
        inputs = {value.name: self._at(value).copy() for value in session.get_inputs()}
        answers = session.run(None, inputs)
        for value, answer in zip(session.get_outputs(), answers, strict=True):
            self._at(value)[:] = answer
        self.engine.machine.runs.append(int((inputs['valid'].max(axis=1) > 0).sum()))
        return True

    def _at(self, value: Any) -> np.ndarray:
        kind = np.dtype(KINDS[value.type])
        size = int(np.prod(value.shape)) * kind.itemsize
        buffer = (ctypes.c_char * size).from_address(self.addresses[value.name])
        return np.frombuffer(buffer, kind).reshape(value.shape)


def fake_tensorrt(machine: Machine) -> ModuleType:
    """Make the module `tensorrt`."""

    class Builder:
        max_threads = 0

        def __init__(self, logger: ILogger) -> None:
            self.logger = logger
            if not machine.starts:
                logger.log(Severity.ERROR, 'no CUDA device was found')
                raise TypeError('factory function returned nullptr')

        def create_network(self, flags: int = 0) -> Any:
            machine.log.append(f'network {flags}')
            return SimpleNamespace(machine=machine, graph=b'')

        def create_builder_config(self) -> Any:
            return SimpleNamespace(progress_monitor=None)

        def build_serialized_network(self, network: Any, config: Any) -> bytes | None:
            machine.log.append(f'build with {self.max_threads} threads')
            self.logger.log(Severity.WARNING, 'a tactic was left out')
            self.logger.log(Severity.INFO, 'much detail')
            monitor = config.progress_monitor
            monitor.phase_start('Building Engine', None, 8)
            monitor.phase_start('Tactics', 'Building Engine', 100)
            for step in range(8):
                if not monitor.step_complete('Building Engine', step):
                    return None
                monitor.step_complete('Tactics', step)
            monitor.phase_finish('Tactics')
            monitor.phase_finish('Building Engine')
            if batch_of(network.graph) > machine.most_built:
                self.logger.log(Severity.ERROR, 'Requested 9 MB: CUDA out of memory')
                return None
            if machine.build_error:
                self.logger.log(Severity.ERROR, machine.build_error)
                return None
            machine.built.append(network.graph)
            return PLAN + network.graph

    class Runtime:
        def __init__(self, logger: ILogger) -> None:
            self.logger = logger
            if not machine.starts:
                logger.log(Severity.ERROR, 'no CUDA device was found')
                raise TypeError('factory function returned nullptr')

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
            if not serialized_engine.startswith(PLAN):
                self.logger.log(Severity.ERROR, 'the plan has a wrong tag')
                return None
            return ICudaEngine(machine, serialized_engine[len(PLAN) :])

    module = ModuleType('tensorrt')
    kinds = (Builder, Runtime, ILogger, IProgressMonitor, NetworkDefinitionCreationFlag)
    kinds += (OnnxParser, ICudaEngine, IExecutionContext)  # type: ignore[assignment]
    for kind in kinds:
        setattr(module, kind.__name__, kind)
    module.__version__ = machine.version  # type: ignore[attr-defined]
    return module


class cudaError_t(IntEnum):  # noqa: N801
    cudaSuccess, cudaErrorMemoryAllocation, cudaErrorUnknown = 0, 2, 999  # noqa: N815


def fake_cuda(machine: Machine) -> ModuleType:
    """Make the module `cuda.bindings.runtime`; `held` are the buffers that were not freed."""
    held: dict[int, np.ndarray] = {}
    good = (cudaError_t.cudaSuccess,)

    def allocate(size: int) -> tuple[Any, ...]:
        if sum(buffer.nbytes for buffer in held.values()) + size > machine.memory_mb * MB:
            return cudaError_t.cudaErrorMemoryAllocation, 0
        buffer = np.full(size, 0xAB, np.uint8)
        held[buffer.ctypes.data] = buffer
        return *good, buffer.ctypes.data

    def free(address: int) -> tuple[Any, ...]:
        del held[address]
        return good

    def copy(target: int, source: int, size: int, kind: str, stream: int) -> tuple[Any, ...]:
        on_device = {'HostToDevice': (target,), 'DeviceToHost': (source,)}
        for address in on_device.get(kind, (target, source)):
            assert any(at <= address <= at + len(b) - size for at, b in held.items()), kind
        ctypes.memmove(target, source, size)
        return good

    def fill(address: int, value: int, size: int, stream: int) -> tuple[Any, ...]:
        ctypes.memset(address, value, size)
        return good

    major, minor = machine.capability
    facts = SimpleNamespace(name=machine.gpu, major=major, minor=minor)
    kinds = {f'cudaMemcpy{k}': k for k in ('HostToDevice', 'DeviceToHost', 'DeviceToDevice')}
    module = ModuleType('cuda.bindings.runtime')
    module.__dict__.update(
        held=held,
        cudaError_t=cudaError_t,
        cudaMemcpyKind=SimpleNamespace(**kinds),
        cudaGetDevice=lambda: (*good, 0),
        cudaGetDeviceProperties=lambda device: (*good, facts),
        cudaStreamCreate=lambda: (*good, 7),
        cudaStreamSynchronize=lambda stream: good,
        cudaStreamDestroy=lambda stream: good,
        cudaMalloc=allocate,
        cudaFree=free,
        cudaMemcpyAsync=copy,
        cudaMemsetAsync=fill,
    )
    return module
