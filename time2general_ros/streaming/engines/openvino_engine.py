"""OpenVINO: the default on CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from time2general_ros.streaming.engines.engine import EMPTY, EngineStep
from time2general_ros.streaming.engines.graph_file import check_graph, verified_graph
from time2general_ros.streaming.engines.library_cache import start_with_cache
from time2general_ros.streaming.engines.openvino_fusion import Fusion
from time2general_ros.streaming.engines.openvino_graph import CORE, compile_graph
from time2general_ros.streaming.engines.openvino_library import openvino
from time2general_ros.streaming.engines.padded_batch import PaddedBatch
from time2general_ros.streaming.engines.precision import chosen_precision
from time2general_ros.streaming.engines.slot_bank import HostBank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from time2general_ros.streaming.engines.options import EngineOptions
    from time2general_ros.streaming.model_folder import ModelFolder

# What fuses element-wise kernels; it crashes on some graphs.
SNIPPETS = 'SNIPPETS_MODE'


class OpenVinoEngine:
    """
    Runs the ONNX graph of a model on the CPU.

    :param options: ``precision`` is float32 unless asked for: the device's own default is bfloat16
        on some CPUs, and masks must not depend on the machine. ``cache`` holds compiled graphs.
    """

    name = 'openvino'
    channels_last = True

    def __init__(self, model: ModelFolder, options: EngineOptions) -> None:
        self.model = model
        self.device = cpu_name()
        self.precision = _precision(options)
        # A CPU is busy with one camera: rows without a fresh frame would cost it time.
        graph, self.batch = verified_graph(model, cameras=1)
        settings = {}
        if options.threads:
            settings['INFERENCE_NUM_THREADS'] = str(options.threads)
        fusion = Fusion(openvino.__version__, self.device, options.cache)
        if not fusion.works(graph, self.precision, options.tell):
            settings[SNIPPETS] = 'DISABLE'

        def compiled_in(cache: Path | None) -> Any:
            kept = {'CACHE_DIR': str(cache)} if cache else {}
            return compile_graph(graph, self.precision, {**settings, **kept})

        facts = ['openvino', openvino.__version__, self.device, self.precision]
        facts += [model.checksum(graph.name), *map(str, settings.items())]
        compiled = start_with_cache(compiled_in, options.cache, facts, options.tell)
        self._request = compiled.create_infer_request()
        self._inputs: dict[str, npt.NDArray[np.float32]] = {}
        # Looked up once: their names take OpenVINO longer than a convolution does.
        names = ('class_ids', 'confidence', 'slot')
        self._outputs = [self._written_in_place(compiled.output(name)) for name in names]
        self._frames = PaddedBatch(model, self.batch, channels_last=self.channels_last)
        shape = (self.batch, model.slots, *model.slot_shape)
        self._memory = np.zeros(shape, np.float32) if self.batch > 1 else None

    @staticmethod
    def check(model: ModelFolder, options: EngineOptions) -> None:
        """Refuse what is known before the graph is loaded; errors as of the engine itself."""
        _precision(options)
        check_graph(model, cameras=1)

    def new_bank(self) -> HostBank:
        """Make the clip memory of one camera."""
        return HostBank(self.model.slots, self.model.slot_shape)

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[HostBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Segment one frame per camera; see :class:`Engine`."""
        for name, array in self._frames.inputs(images, age_s, valid).items():
            self._read_in_place(name, array)
        self._read_in_place('memory', self._side_by_side(banks))
        self._request.infer(share_outputs=True)
        class_ids, confidence, slots = self._outputs
        for bank, index, slot in zip(banks, write, slots, strict=False):
            if index != EMPTY:
                bank.values[index] = slot
        used = len(banks)
        return EngineStep(class_ids[:used], confidence[:used])

    def device_memory_mb(self) -> None:
        """Tell nothing: it is the host's memory."""

    def close(self) -> None:
        """Give back the compiled graph."""
        self._request = None
        self._inputs.clear()

    def _read_in_place(self, name: str, array: npt.NDArray[np.float32]) -> None:
        """Set an input, unless it lies where it lay: OpenVINO takes a while to look at it."""
        last = self._inputs.get(name)
        if last is None or last.ctypes.data != array.ctypes.data:
            self._request.set_tensor(name, openvino.Tensor(array, shared_memory=True))
            # OpenVINO does not keep it, and another must not take its address meanwhile.
            self._inputs[name] = array

    def _written_in_place(self, output: Any) -> npt.NDArray[Any]:
        """Make the array that an output is written to in every step."""
        array = np.empty(tuple(output.shape), output.element_type.to_dtype())
        self._request.set_tensor(output, openvino.Tensor(array, shared_memory=True))
        return array

    def _side_by_side(self, banks: Sequence[HostBank]) -> npt.NDArray[np.float32]:
        """Give the memories as one array; a single one is read where it is."""
        if self._memory is None:
            return banks[0].values[None]
        for row, bank in zip(self._memory, banks, strict=False):
            row[:] = bank.values
        return self._memory


def cpu_name() -> str:
    """Name the CPU as OpenVINO does."""
    return str(CORE.get_property('CPU', 'FULL_DEVICE_NAME'))


def precisions() -> list[str]:
    """Name the precisions that the CPU has instructions for, float32 first."""
    has = CORE.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
    return ['f32', *(name for name in ('bf16',) if name.upper() in has)]


def _precision(options: EngineOptions) -> str:
    return chosen_precision(options.precision, precisions(), f'openvino on {cpu_name()}')
