"""ONNX Runtime: any CPU, and NVIDIA GPUs through its CUDA and TensorRT providers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from time2general_ros.streaming.engines.engine import EMPTY, EngineStep
from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.engines.graph_file import check_graph, verified_graph
from time2general_ros.streaming.engines.library_cache import start_with_cache
from time2general_ros.streaming.engines.ort_bank import OrtBank, copy, rows, zeros
from time2general_ros.streaming.engines.padded_batch import PaddedBatch
from time2general_ros.streaming.engines.precision import chosen_precision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.streaming.engines.options import EngineOptions
    from time2general_ros.streaming.model_folder import ModelFolder

    Provider = tuple[str, dict[str, str]]

TENSORRT, CUDA, CPU = 'TensorrtExecutionProvider', 'CUDAExecutionProvider', 'CPUExecutionProvider'
WORDS = {TENSORRT: 'NVIDIA GPU, TensorRT provider', CUDA: 'NVIDIA GPU, CUDA provider', CPU: 'CPU'}
# How ONNX Runtime words that a GPU is full; it has no exception of its own for that.
FULL = ('Failed to allocate memory', 'out of memory')


class OnnxRuntimeEngine:
    """
    Runs the ONNX graph of a model, in the precision that it was exported in.

    Everything is bound to the session by address: clip memory stays on the device, the image
    goes in from where it lies, class ids and confidences come out into fixed arrays.

    :param options: ``cameras`` are served at once on a GPU, if the model was exported for several;
        ``cache`` holds the TensorRT provider's engines. A provider that is installed and does not
        start is told.
    """

    name = 'onnxruntime'
    channels_last = False

    def __init__(self, model: ModelFolder, options: EngineOptions) -> None:
        self.model = model
        self.precision = _precision(model, options)
        wanted = providers(onnxruntime.get_available_providers(), None)
        graph, self.batch = verified_graph(model, _at_once(wanted, options))
        self._session: Any = start_with_cache(
            lambda cache: _start(
                graph, providers([name for name, _ in wanted], cache), options.threads
            ),
            options.cache if wanted[0][0] == TENSORRT else None,
            ['onnxruntime', onnxruntime.__version__, model.checksum(graph.name)],
            options.tell,
        )
        active = self._session.get_providers()
        self.device = WORDS.get(active[0], active[0])
        self._place = 'cpu' if active[0] == CPU else 'cuda'
        if active[0] != wanted[0][0]:
            name = wanted[0][0]
            options.tell(
                f'warning: {name} of onnxruntime did not start; it runs on: {self.device}'
            )
        self._frames = PaddedBatch(model, self.batch)
        with self._full_device_told():
            self._bind_outputs()
            self._warm_up()

    @staticmethod
    def check(model: ModelFolder, options: EngineOptions) -> None:
        """Refuse what is known before the graph is loaded; errors as of the engine itself."""
        _precision(model, options)
        wanted = providers(onnxruntime.get_available_providers(), None)
        check_graph(model, _at_once(wanted, options))

    def new_bank(self) -> OrtBank:
        """
        Make the clip memory of one camera, on the device.

        :raises OutOfDeviceMemoryError: if it is full.
        """
        with self._full_device_told():
            return OrtBank(self._session, self._place, self.model.slots, self.model.slot_shape)

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[OrtBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Segment one frame per camera; see :class:`Engine`."""
        inputs = self._frames.inputs(images, age_s, valid)
        with self._full_device_told():
            self._run(inputs, banks)
        for bank, index, slot in zip(banks, write, self._slots, strict=False):
            if index != EMPTY:
                copy(slot, bank.slots[index])
        used = len(banks)
        return EngineStep(self._class_ids[:used], self._confidence[:used])

    def device_memory_mb(self) -> None:
        """Tell nothing: ONNX Runtime does not say how much of a device it holds."""

    def close(self) -> None:
        """Give back the session and what it holds on the device."""
        del self._slots, self._memories, self._slot, self._memory, self._binding, self._session

    def _bind_outputs(self) -> None:
        model, N = self.model, self.batch
        self._class_ids = np.zeros((N, *model.mask_size), np.uint8)
        self._confidence = np.zeros((N, *model.score_size), np.float32)
        self._slot = zeros((N, *model.slot_shape), self._place)
        self._slots = rows(self._session, self._slot, self._place)
        self._memory: Any = None
        self._memories: list[Any] = []
        if N > 1:
            self._memory = zeros((N, model.slots, *model.slot_shape), self._place)
            self._memories = rows(self._session, self._memory, self._place)
        self._binding = self._session.io_binding()
        for name, array in (('class_ids', self._class_ids), ('confidence', self._confidence)):
            self._binding.bind_output(
                name, 'cpu', 0, array.dtype.type, array.shape, array.ctypes.data
            )
        self._binding.bind_ortvalue_output('slot', self._slot)

    def _warm_up(self) -> None:
        """Run once: only then is it known whether the device has the memory."""
        image = np.zeros((self.batch, 3, *self.model.input_size), np.float32)
        none = np.zeros((self.batch, self.model.slots), np.float32)
        inputs = self._frames.inputs(image, none, none)
        bank = OrtBank(self._session, self._place, self.model.slots, self.model.slot_shape)
        self._run(inputs, [bank])

    def _run(self, inputs: dict[str, npt.NDArray[np.float32]], banks: Sequence[OrtBank]) -> None:
        memory = banks[0].value
        if self._memory is not None:
            memory = self._memory
            for row, bank in zip(self._memories, banks, strict=False):
                copy(bank.value, row)
        bind = self._binding.bind_input
        shape = (self.batch, self.model.slots, *self.model.slot_shape)
        bind('memory', self._place, 0, np.float32, shape, memory.data_ptr())
        for name, array in inputs.items():
            bind(name, 'cpu', 0, np.float32, array.shape, array.ctypes.data)
        self._session.run_with_iobinding(self._binding)

    @contextmanager
    def _full_device_told(self) -> Iterator[None]:
        """Tell a full device from other failures."""
        try:
            yield
        except Exception as error:
            if not any(words in str(error) for words in FULL):
                raise
            raise OutOfDeviceMemoryError(
                f'{self.device} has too little memory for {self.batch} cameras at once: {error}; '
                'free some, or export the model for fewer cameras or a smaller size'
            ) from error


def providers(available: Sequence[str], cache: Path | None) -> list[Provider]:
    """Name the providers to try, best first, with their options."""
    # The arena would otherwise double with every growth and so take far more than it needs.
    cuda = {'device_id': '0', 'arena_extend_strategy': 'kSameAsRequested'}
    tensorrt = {'device_id': '0'}
    if cache:
        tensorrt |= {
            'trt_engine_cache_enable': '1',
            'trt_engine_cache_path': str(cache),
            'trt_timing_cache_enable': '1',
        }
    options: dict[str, dict[str, str]] = {TENSORRT: tensorrt, CUDA: cuda, CPU: {}}
    return [(name, options[name]) for name in options if name in available]


def _precision(model: ModelFolder, options: EngineOptions) -> str:
    return chosen_precision(
        options.precision,
        [model.precision],
        f'onnxruntime with the graph in {model.path}',
        f'export the model with --precision {options.precision}',
    )


def _at_once(wanted: Sequence[Provider], options: EngineOptions) -> int:
    # A CPU is busy with one camera: rows without a fresh frame would cost it time.
    return 1 if wanted[0][0] == CPU else options.cameras


def _start(graph: Path, wanted: list[Provider], threads: int | None) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads:
        options.intra_op_num_threads = threads
    if hasattr(onnxruntime, 'preload_dlls') and wanted[0][0] != CPU:
        # Finds the CUDA and cuDNN libraries of NVIDIA's wheels.
        onnxruntime.preload_dlls()
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=wanted)
    except Exception as error:
        raise EngineError(
            f'onnxruntime {onnxruntime.__version__} cannot load {graph}: {error}; '
            'use another engine or another version of it'
        ) from error
