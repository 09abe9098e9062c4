"""The plan of a model for the GPU in use: from the cache, or built and kept there."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from time2general_ros import __version__
from time2general_ros.streaming.artefact import PRECISION, check_artefact, read_metadata
from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.engines.options import AUTO
from time2general_ros.streaming.engines.tensorrt.builder import Logger, build_plan, start
from time2general_ros.streaming.engines.tensorrt.cuda import current_gpu
from time2general_ros.streaming.engines.tensorrt.library import trt
from time2general_ros.streaming.engines.tensorrt.plan_cache import PlanCache, PlanKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from time2general_ros.streaming.model_folder import ModelFolder

    Report = Callable[[str], None]

T = TypeVar('T')
GRAPH = 'model.onnx'
# The same network for one camera at a time, beside a graph for more.
SINGLE = 'model_1.onnx'
PRECISIONS = ('f16', 'bf16', 'f32')
BF16_FROM = (8, 0)


def _keep_quiet(_: str) -> None:
    """Tell nobody."""


class Plan(NamedTuple):
    """
    A plan that the GPU in use has accepted.

    :param runtime: Must live as long as the engine.
    :param path: Where it is kept; None if it could not be.
    :param batch: Number of cameras of a step.
    """

    engine: trt.ICudaEngine
    runtime: trt.Runtime
    logger: Logger
    path: Path | None
    precision: str
    batch: int
    size_mb: float


@dataclass(frozen=True)
class PlanSource:
    """
    Loads the plans of a model; builds those that are not in the cache.

    :param precision: f32, f16, bf16, or auto: that of the graph, f16 if it is of f32.
    :param threads: CPU threads that build; None leaves it to TensorRT.
    """

    model: ModelFolder
    precision: str = AUTO
    threads: int | None = None
    cache: PlanCache = field(default_factory=PlanCache)
    report: Report = _keep_quiet

    def check(self, cameras: int) -> None:
        """Refuse a precision or a graph that is unusable; errors as of :meth:`open_largest`."""
        is_single = cameras == 1 and SINGLE in self.model.card['files']
        file, batch = (SINGLE, 1) if is_single else (GRAPH, self.model.batch)
        says = read_metadata(self.model.present(file))
        check_artefact(says, self.model, cameras=batch)
        self._resolve(says.get(PRECISION, 'f32'), current_gpu().capability)

    def open_largest(self, use: Callable[[Plan], T], cameras: int) -> T:
        """
        Load the plan for several cameras and use it; for one, if memory does not suffice.

        :param cameras: How many are to be served; the graph for one is taken for one.
        :param use: What needs memory for the plan to run.
        :raises OutOfDeviceMemoryError: if there is too little for one camera.
        :raises EngineError: if the precision or the graph is unusable.
        :raises ModelError: if the graph is missing, altered or of another model.
        """
        has_single = SINGLE in self.model.card['files']
        if cameras > 1 or not has_single:
            try:
                return use(self.load(GRAPH, self.model.batch))
            except OutOfDeviceMemoryError as error:
                if not has_single:
                    raise
                self.report(f'warning: {error}; going on with one camera at a time')
        return use(self.load(SINGLE, 1))

    def load(self, file: str, batch: int) -> Plan:
        """Load the plan of one graph; errors as of :meth:`open_largest`."""
        path = self.model.verified(file)
        says = read_metadata(path)
        check_artefact(says, self.model, cameras=batch)
        gpu = current_gpu()
        precision = self._resolve(says.get(PRECISION, 'f32'), gpu.capability)
        (height, width), (P, D) = self.model.input_size, self.model.slot_shape
        key = PlanKey(
            onnx_sha256=self.model.checksum(file),
            precision=precision,
            shapes=f'image {batch}x3x{height}x{width}, memory {batch}x{self.model.slots}x{P}x{D}',
            tensorrt=trt.__version__,
            gpu=gpu.name,
            compute_capability='.'.join(map(str, gpu.capability)),
            version=__version__,
        )
        logger = Logger(self.report)
        runtime = start(trt.Runtime, logger)
        plan, where = self._cached(key), self.cache.path(key)
        engine = runtime.deserialize_cuda_engine(plan) if plan else None
        if plan and engine is None:
            self.report(f'warning: TensorRT refuses {where}; building it again')
        if engine is None:
            plan = self._build(path, precision, says.get(PRECISION, 'f32'))
            where = self._keep(key, plan)
            engine = runtime.deserialize_cuda_engine(plan)
        if engine is None or plan is None:
            raise logger.failure('TensorRT cannot load the plan that it has built')
        size_mb = len(plan) / 2**20
        return Plan(engine, runtime, logger, where, precision, batch, size_mb)

    def _resolve(self, graph: str, capability: tuple[int, int]) -> str:
        """Decide the precision of the plan, given that of the graph."""
        wanted = self.precision
        if wanted not in (AUTO, *PRECISIONS):
            raise EngineError(
                f'tensorrt has no precision {wanted!r}; there are: auto, {", ".join(PRECISIONS)}'
            )
        if graph != 'f32' and wanted not in (AUTO, graph):
            raise EngineError(
                f'the graph in {self.model.path} is of {graph}, not {wanted}; export the model '
                f'again with --precision {wanted}'
            )
        if wanted == AUTO:
            wanted = graph if graph != 'f32' else self._default()
        if wanted == 'bf16' and capability < BF16_FROM:
            raise EngineError('this GPU has no bf16 arithmetic (before Ampere); use f16')
        return wanted

    def _default(self) -> str:
        if find_spec('onnx') is not None:
            return 'f16'
        self.report(
            'warning: TensorRT runs in f32, because casting the graph needs onnx: pip install '
            'onnx, or export the model with --engine tensorrt'
        )
        return 'f32'

    def _cached(self, key: PlanKey) -> bytes | None:
        try:
            plan = self.cache.load(key)
        except ValueError as error:
            self.report(f'warning: {self.cache.path(key)}: {error}; building it again')
            return None
        if plan is not None:
            self.report(f'TensorRT plan of {self.cache.path(key)}')
        return plan

    def _build(self, path: Path, precision: str, graph: str) -> bytes:
        self.report(f'building a TensorRT plan of {path} in {precision}; this takes minutes')
        data = path.read_bytes()
        if precision != graph:
            data = _in_half(data, precision)
        return build_plan(data, self.report, threads=self.threads)

    def _keep(self, key: PlanKey, plan: bytes) -> Path | None:
        try:
            where = self.cache.store(key, plan)
        except OSError as error:
            self.report(
                f'warning: cannot keep the plan in {self.cache.folder or "a cache"}: '
                f'{error.strerror}; it is built again at every start'
            )
            return None
        self.report(f'TensorRT plan kept in {where}')
        return where


def _in_half(graph: bytes, precision: str) -> bytes:
    try:
        import onnx

        from time2general_ros.streaming.half_precision import to_half_precision
    except ModuleNotFoundError as error:
        raise EngineError(
            f'{precision} of a float32 graph needs the module {error.name!r}: pip install onnx, '
            'or export the model with --engine tensorrt'
        ) from error
    typed = to_half_precision(onnx.load_model_from_string(graph), precision)
    return bytes(typed.SerializeToString())
