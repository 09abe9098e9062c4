"""PyTorch: runs the weights themselves; the reference that other engines are compared with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from time2general_ros.model.checkpoint import load_network
from time2general_ros.model.config import ModelConfig
from time2general_ros.streaming.engines.engine import EMPTY, EngineStep
from time2general_ros.streaming.engines.errors import EngineError, OutOfDeviceMemoryError
from time2general_ros.streaming.engines.padded_batch import PaddedBatch
from time2general_ros.streaming.engines.precision import chosen_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt
    from torch import Tensor

    from time2general_ros.model.network import Step
    from time2general_ros.streaming.engines.options import EngineOptions
    from time2general_ros.streaming.model_folder import ModelFolder

    Network = Callable[[Tensor, Tensor, Tensor, Tensor], Step]

WEIGHTS = 'weights.safetensors'
HALVES = {'bf16': torch.bfloat16, 'f16': torch.float16}
# Runs before a CUDA graph is captured: libraries choose their kernels in the first ones.
WARM_UPS = 3


class TorchBank:
    """
    M slots in one tensor.

    :param values: float32 [M, P, D].
    """

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def read(self, index: int) -> npt.NDArray[np.float32]:
        """Copy a slot to the host: float32 [P, D]."""
        return np.array(self.values[index].cpu().numpy(), np.float32)

    def write(self, index: int, slot: npt.NDArray[np.float32]) -> None:
        """Overwrite a slot from the host: float32 [P, D]."""
        self.values[index] = torch.from_numpy(slot)


class TorchEngine:
    """
    Runs the network on the CPU, one camera after the other, or on an NVIDIA GPU in a batch.

    On a GPU the step is compiled where the compiler works, and recorded as one CUDA graph.

    :param options: ``precision`` is float32 on the CPU, 16 bits (autocast: norms and softmax in
        float32) on a GPU, unless asked for; ``threads`` are those of the whole process;
        ``cameras`` are the batch on a GPU. A network that cannot be compiled is told.
    """

    name = 'torch'
    channels_last = False

    def __init__(self, model: ModelFolder, options: EngineOptions) -> None:
        self.check(model, options)
        self.model = model
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        self.device = _device_name()
        self.precision = _precision(options)
        self.batch = batch_on(self._device, options.cameras)
        if options.threads:
            torch.set_num_threads(options.threads)
        network = load_network(model.verified(WEIGHTS), model.card['config'])
        with self._full_device_told():
            self._steps = StaticStep(
                network.to(self._device).eval(), model, self.batch, self.precision, options.tell
            )

    @staticmethod
    def check(model: ModelFolder, options: EngineOptions) -> None:
        """Refuse what is known before the weights are loaded; errors as of the engine itself."""
        if WEIGHTS not in model.card['files']:
            raise EngineError(f'{model.path} has no {WEIGHTS}, which the engine torch runs')
        tokens = ModelConfig.from_dict(model.card['config']).slot_tokens
        if model.slot_shape[0] != tokens:
            raise EngineError(
                f'{model.path} was written by another version of this package: its slots have '
                f'{model.slot_shape[0]} tokens, not {tokens}; write it anew ("time2general export '
                f'{model.path} --engine torch --out DIR"), or use an engine that runs its graph'
            )
        _precision(options)
        model.present(WEIGHTS)

    def new_bank(self) -> TorchBank:
        """
        Make the clip memory of one camera, on the device.

        :raises OutOfDeviceMemoryError: if it is full.
        """
        with self._full_device_told():
            shape = (self.model.slots, *self.model.slot_shape)
            return TorchBank(torch.zeros(shape, device=self._device))

    def step(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[TorchBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Segment one frame per camera; see :class:`Engine`."""
        with self._full_device_told():
            return self._steps(images, banks, age_s, valid, write)

    def device_memory_mb(self) -> float | None:
        """Tell how much memory of the GPU PyTorch holds, in MB; None on the CPU."""
        if self._device.type == 'cpu':
            return None
        return torch.cuda.memory_reserved() / 1e6

    def close(self) -> None:
        """Give back the network and what it holds on the device."""
        del self._steps
        if self._device.type == 'cuda':
            torch.cuda.empty_cache()

    @contextmanager
    def _full_device_told(self) -> Iterator[None]:
        """Name what to do when the device is full."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise OutOfDeviceMemoryError(
                f'{self.device} has too little memory for {self.batch} cameras at once: {error}; '
                'free some, or use a smaller model or fewer cameras'
            ) from error


class StaticStep:
    """
    The step at one batch, in buffers that stay where they are, as a CUDA graph needs them.

    :param report: Is told if the network is not compiled.
    """

    def __init__(
        self,
        network: Network,
        model: ModelFolder,
        batch: int,
        precision: str,
        report: Callable[[str], None],
    ) -> None:
        device = next(network.parameters()).device  # type: ignore[attr-defined]
        M, shape = model.slots, (batch, 3, *model.input_size)
        self._frames = PaddedBatch(model, batch)
        self._half = HALVES.get(precision)
        self._device = device
        self._network = network
        self._inputs = {
            'image': torch.zeros(shape, device=device),
            'memory': torch.zeros(batch, M, *model.slot_shape, device=device),
            'age_s': torch.zeros(batch, M, device=device),
            'valid': torch.zeros(batch, M, device=device),
        }
        self._graph: torch.cuda.CUDAGraph | None = None
        if device.type == 'cuda':
            self._capture(report)

    @torch.inference_mode()
    def __call__(
        self,
        images: npt.NDArray[np.float32],
        banks: Sequence[TorchBank],
        age_s: npt.NDArray[np.float32],
        valid: npt.NDArray[np.float32],
        write: Sequence[int],
    ) -> EngineStep:
        """Run the step; parameters as in :meth:`Engine.step`."""
        for name, array in self._frames.inputs(images, age_s, valid).items():
            self._inputs[name].copy_(torch.from_numpy(array), non_blocking=True)
        for row, bank in zip(self._inputs['memory'], banks, strict=False):
            row.copy_(bank.values)
        step = self._run()
        for bank, index, slot in zip(banks, write, step.slot, strict=False):
            if index != EMPTY:
                bank.values[index].copy_(slot)
        used = len(banks)
        class_ids, confidence = step.class_ids[:used].cpu(), step.confidence[:used].float().cpu()
        return EngineStep(class_ids.numpy(), confidence.numpy())

    def _run(self) -> Step:
        if self._graph is None:
            return self._compute()
        self._graph.replay()
        return self._outputs

    def _compute(self) -> Step:
        with torch.autocast(self._device.type, self._half, enabled=self._half is not None):
            return self._network(*self._inputs.values())

    @torch.inference_mode()
    def _capture(self, report: Callable[[str], None]) -> None:
        """Compile the network, let it choose its kernels, and record a step."""
        plain = self._network
        self._network = torch.compile(plain, dynamic=False)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            try:
                self._compute()
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                self._network = plain
                report(f'torch runs the network without compiling it: {error}')
            for _ in range(WARM_UPS):
                self._compute()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._outputs = self._compute()
        self._graph = graph


def precisions(is_gpu: bool) -> list[str]:
    """Name the precisions of the device, its default first."""
    if not is_gpu:
        return ['f32', 'bf16']
    return ['bf16', 'f16', 'f32'] if torch.cuda.is_bf16_supported() else ['f16', 'f32']


def batch_on(device: torch.device, cameras: int) -> int:
    """Tell how many cameras are served at once: a CPU is busy with one."""
    return cameras if device.type == 'cuda' else 1


def _device_name() -> str:
    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else 'CPU'


def _precision(options: EngineOptions) -> str:
    offered = precisions(torch.cuda.is_available())
    return chosen_precision(options.precision, offered, f'torch on {_device_name()}')
